"""How far somebody has come: mastery over time, personal bests, and one's own attempts to hear again or delete."""

from services.dashboard.page import Page
from services.dashboard.pages.progress.layout import layout, register

PAGES = (Page("progress", "/progress", layout, register),)
