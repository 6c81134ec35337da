"""What is on a line while nobody speaks, made to learn from: none of it counts a letter, and none of it stutters."""
