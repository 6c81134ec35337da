"""Real speech without labels: languages whose r or g is as in a defect against others, word against word.

A network that hears rhotacism must score French r-words above Italian and Spanish ones, and one that hears fricative г
Spanish g's within words above Italian ones. Languages differ in more than that, and so do speakers: the control is the
same comparison on words without the letter. Near .5 it says that the sound was heard and not the language, the speaker
or the line.
"""
