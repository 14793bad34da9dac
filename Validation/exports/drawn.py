"""Cases that were drawn at random and written down in `drawn.json`, each list measured before the program was mended for it.

`fresh`: networks and texts that no other case has, under set-ups drawn at random. `usual`: popular networks and texts in their usual
set-ups, with other arguments than the other cases have. `further`: classes of transformers for sound, images and pairs of texts.
`sight`: networks and texts that no other case has, or of other sizes, under set-ups of `varied.py`; what could not be exported or run is left out.
"""

import json
import os


def drawn_cases():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "drawn.json")) as file:
        for cases in json.load(file).values():
            yield from cases
