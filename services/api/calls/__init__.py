"""Calls: uploaded, found, listened to, reviewed, followed live, erased."""
