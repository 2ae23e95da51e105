"""Run folders: how a trained model is stored, found, verified and described.

``files`` writes files atomically, ``manifest`` keeps their checksums, ``find`` turns a name into a
folder, and ``run`` loads a finished run that predicts logits from texts.
"""
