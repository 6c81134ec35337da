"""Real speech without labels: languages with a uvular r against languages with an alveolar one, word against word.

A network that hears rhotacism must score French r-words above Italian and Spanish ones. Languages differ in more than
that, and so do speakers: the control is the same comparison on words without r. Near .5 it says that the sound was
heard and not the language, the speaker or the line.
"""
