"""Driving Airflow from outside, by its REST interface."""
