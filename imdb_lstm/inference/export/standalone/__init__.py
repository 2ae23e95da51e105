"""Programs of exported folders: each module becomes a ``predict.py``, with all that it needs.

Each defines a ``Model`` of a folder, and imports only what is copied with it (see
``inference.export.source``) or what the format needs: NumPy, Keras, ONNX Runtime or TensorFlow.
"""
