"""Practising: a text is given, recorded in the browser (`assets/training.js`), and what it came to is shown."""

from services.dashboard.page import Page
from services.dashboard.pages.training.giving import register
from services.dashboard.pages.training.layout import layout

PAGES = (Page("training", "/training", layout, register),)
