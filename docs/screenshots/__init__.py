"""What makes the pictures in these pages: a module for each subject, run by `make screenshots`."""
