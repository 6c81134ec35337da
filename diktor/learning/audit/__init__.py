"""Audits of a corpus and of what a network made of it: could the labels be guessed without hearing the defect?"""
