"""Recordings in, events on Kafka out."""
