"""The look of components: one accent, one radius, type that reads on phones and on walls."""

from typing import Any

THEME: dict[str, Any] = {
    "primaryColor": "blue",
    "primaryShade": 8,  # white on it is read in light and dark
    "autoContrast": True,
    "defaultRadius": "md",
    "fontFamily": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
    "headings": {"fontWeight": "650"},
    "cursorType": "pointer",
    "respectReducedMotion": True,
    "focusRing": "auto",
}
