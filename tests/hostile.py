"""Run folders as a stranger might write them: one file is changed, and the manifest agrees."""

import hashlib
import io
import json
import os
import shutil
import struct
import zipfile

import h5py
import numpy as np

from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.runs.manifest import NETWORK_FILE

CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def changed(run, folder, name, content):
    """Copy a run, write a file of it anew, and let its manifest agree."""
    copy = shutil.copytree(run, folder)
    (copy / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return agreed(copy)


def agreed(folder):
    """Rewrite the checksums of a manifest."""
    path = folder / MANIFEST_FILE
    manifest = json.loads(path.read_text())
    for name in manifest["files"]:
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest))
    return folder


def members(network):
    """The members of a saved network."""
    with zipfile.ZipFile(network) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files, method=zipfile.ZIP_STORED):
    """The bytes of a zip archive of these files, pairs of a name and a content."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return stream.getvalue()


def with_member(run, name, content):
    """The bytes of the network of a run with another content of a member."""
    return packed({**members(run / NETWORK_FILE), name: content}.items())


def with_config(run, change):
    """The bytes of the network of a run; ``change`` gets its layers by name, and all of it."""
    config = json.loads(members(run / NETWORK_FILE)[CONFIG])
    change({layer["config"]["name"]: layer for layer in config["config"]["layers"]}, config)
    return with_member(run, CONFIG, json.dumps(config))


def with_weights(run, change):
    """The bytes of the network of a run; ``change`` gets its open HDF5 file."""
    stream = io.BytesIO(members(run / NETWORK_FILE)[WEIGHTS])
    with h5py.File(stream, "r+") as file:
        change(file)
    return with_member(run, WEIGHTS, stream.getvalue())


def npz(**arrays):
    """The bytes of an .npz file."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def npy(shape, dtype="<f4", content=b""):
    """The bytes of an .npy file that declares a shape, and holds whatever it holds."""
    header = repr({"descr": dtype, "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


class Pickled:
    """An object that makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)
