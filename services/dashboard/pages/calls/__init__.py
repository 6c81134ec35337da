"""Calls: the list of them, and each one."""

from services.dashboard.page import Page
from services.dashboard.pages.calls import listed, one

PAGES = (
    Page("calls", "/calls", listed.layout, register=listed.register),
    Page("call", "/calls/<call_id>", one.layout, register=one.register, menu=False),
)
