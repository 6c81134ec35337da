"""Exercises against speech defects: tongue twisters that meet criteria, and what an attempt at one says.

`text` counts what a text asks of its reader, `criteria` says what is wanted, `collection`, `generator` and
`language_model` are where texts come from, `choice` is their order. `reading` finds the text's words in what was heard,
`mastery` makes figures and sentences of it, `attempt` does all of that to a recording; `listener` runs Whisper.
"""
