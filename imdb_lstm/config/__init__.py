"""What can be chosen: the options of a training run, their types and bounds, and the presets.

``fields`` defines what an option is, ``options`` holds all of them in the dataclass ``Config``, and
``presets`` holds the measured combinations. Nothing else in the package holds a default.
"""
