"""OpenAPI as one HTML page, which needs no script and no other server."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from imdb_lstm.explanation.page import render
from imdb_lstm.service.page import TEMPLATES

JSON = "application/json"


def docs_page(openapi: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document: each request with its fields and an example."""
    schemas = openapi.get("components", {}).get("schemas", {})
    return render(
        "docs.html.j2",
        TEMPLATES,
        title=openapi["info"]["title"],
        about=openapi["info"]["description"],
        requests=[
            _request(method, path, about, schemas)
            for path, methods in openapi["paths"].items()
            for method, about in methods.items()
        ],
    )


def _request(
    method: str, path: str, about: Mapping[str, Any], schemas: Mapping[str, Any]
) -> dict[str, Any]:
    body = _schema(about.get("requestBody", {}), schemas)
    answer = _schema(about["responses"].get("200", {}), schemas)
    return {
        "method": method.upper(),
        "path": path,
        "about": about.get("description") or about["summary"],
        "command": _command(path, body),
        "body": _fields(body, schemas),
        "answer": _fields(answer, schemas),
        "statuses": [(code, each["description"]) for code, each in about["responses"].items()],
    }


def _schema(holder: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a body in JSON; an empty one where there is none."""
    return _named(holder.get("content", {}).get(JSON, {}).get("schema", {}), schemas)


def _named(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _fields(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], prefix: str = ""
) -> list[dict[str, str]]:
    """One row for each field, and for those of the objects in a list."""
    rows = []
    for name, field in schema.get("properties", {}).items():
        inner = _named(field.get("items", {}), schemas)
        row = {"name": prefix + name, "type": _type(field), "about": field.get("description", "")}
        rows += [row, *_fields(inner, schemas, f"{prefix}{name}[].")]
    return rows


def _type(field: Mapping[str, Any]) -> str:
    """The type of a field and its limits, in words.

    >>> _type({"type": "array", "items": {"type": "string", "maxLength": 9}, "maxItems": 2})
    'array of string (at most 9 characters), at most 2'
    """
    if "anyOf" in field:
        return " or ".join(map(_type, field["anyOf"]))
    found = field.get("type", "object")
    if found == "array":
        found = f"array of {_type(field.get('items', {}))}"
    most = f", at most {field['maxItems']:,}" if "maxItems" in field else ""
    longest = f" (at most {field['maxLength']:,} characters)" if "maxLength" in field else ""
    return f"{found}{longest}{most}"


def _command(path: str, body: Mapping[str, Any]) -> str:
    """A command that sends an example."""
    command = f"curl http://127.0.0.1:8000{path}"
    required = {name: body["properties"][name]["examples"][0] for name in body.get("required", [])}
    if not required:
        return command
    return f"{command} -H 'Content-Type: {JSON}' \\\n    -d {shlex.quote(json.dumps(required))}"
