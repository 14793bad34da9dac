"""Cases that were drawn at random and written down in `drawn.json`, each list measured before the program was mended for it.

`fresh`: networks and texts that no other case has, under set-ups drawn at random. `usual`: popular networks and texts in their usual
set-ups, with other arguments than the other cases have. `further`: classes of transformers for sound, images and pairs of texts.
`sight`: networks and texts that no other case has, or of other sizes, under set-ups of `varied.py`; what could not be exported or run is left out.
`kept`: networks and texts of usual sizes, as somebody may keep them aside, most of whose names no other case has. `ninety`: usual ones in 16
bits and under autocast on compute capability 9.0, where the pretended GPU can run attention only if it drops weights.
`aside` and `more` (variants *two*): further lists of the kind. `settings` (*three*, *four*, *five*): networks and texts with arguments and settings that
people give. `nested`: networks of which a library computes parts again in ways of their own. `last` and `again` (variants *f* and *g*; *fg*: networks
that no other case has computed again, *fn*: classes of transformers that none has): more in usual set-ups. `other` (*h* and *j*): known modules in other set-ups than before, and families of timm
that no other case has computed again. `held`: two more lists of usual set-ups (*p50001*, *p50002*), popular networks in others, chosen by hand (*r*), and known
modules under settings drawn at random (*s60003*, *u60004*); at last usual set-ups again (*l777*).
"""

import json
import os


def drawn_cases():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "drawn.json")) as file:
        for cases in json.load(file).values():
            yield from cases
