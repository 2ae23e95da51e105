"""Run folders: how a trained model is saved, found, verified and described.

``files`` writes files atomically, ``manifest`` holds their checksums, ``find`` turns a name into a
folder, and ``run`` loads a finished run, which predicts logits from texts.
"""
