"""Recordings in other languages: nobody need label a French r to know that it is uvular."""
