"""What the application's own calls teach: those without labels to count letters in, labelled windows of the others."""
