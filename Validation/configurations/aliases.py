"""Writes down which fields of a configuration have a second name, of every model type that is known.

    pip install transformers
    python Validation/configurations/aliases.py

Renews `Sources/ModelZoo/Configured/FieldAliases.swift` with the `attribute_map`s of transformers 5.23.0. A name that
is no field of the class is set after all fields, so that it counts where a document has both.
"""

import dataclasses
import os
import re

from transformers import CONFIG_MAPPING

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIGURED = os.path.join(HERE, "../../Sources/ModelZoo/Configured")
HEAD = """import ByteFormats

/// The second names of fields, by the type of model.
///
/// Of two names of one field, the one that is listed first counts where a document has both: transformers
/// sets it after all fields. Made by `Validation/configurations/aliases.py` from transformers 5.23.0.
enum FieldAliases {
  /// Pairs of names, the one that counts and the field's own, for the types that have them.
  static let pairs: [(types: [String], names: [(String, String)])] = [
"""
TAIL = """  ]

  static func names(of modelType: String) -> [(String, String)] {
    pairs.first { $0.types.contains(modelType) }?.names ?? []
  }
}

extension Configuration {
  /// The same with the same value under both names of each field that has two.
  func named(asIn modelType: String) -> Configuration {
    FieldAliases.names(of: modelType).reduce(self) { $0.giving($1.0, over: $1.1) }
  }
}
"""


def known_types():
    with open(os.path.join(CONFIGURED, "ModelFamilies.swift")) as file:
        names = re.findall(r'^    "([^"]+)":', file.read(), re.M)
    return [name for name in dict.fromkeys(names) if name in CONFIG_MAPPING]


def pairs(configuration):
    fields = {field.name for field in dataclasses.fields(configuration)}
    result = []
    for former, name in configuration.attribute_map.items():
        result.append((name, former) if former in fields and name not in fields else (former, name))
    return tuple(sorted(result))


def wrapped(words, start, end):
    """The words between brackets, in lines of at most a hundred columns."""
    line = start + ", ".join(words) + end
    if len(line) <= 100:
        return line + "\n"
    lines, inner = [start], "        "
    for word in words:
        if len(inner) + len(word) + 1 > 100:
            lines.append(inner.rstrip())
            inner = "        "
        inner += word + ", "
    return "\n".join([*lines, inner.rstrip().rstrip(",") + ",", "      " + end]) + "\n"


def main():
    groups = {}
    for name in known_types():
        if found := pairs(CONFIG_MAPPING[name]):
            groups.setdefault(found, []).append(name)
    with open(os.path.join(CONFIGURED, "FieldAliases.swift"), "w") as file:
        file.write(HEAD)
        for found, names in sorted(groups.items(), key=lambda group: sorted(group[1])):
            file.write("    (\n")
            file.write(wrapped([f'"{name}"' for name in sorted(names)], "      types: [", "],"))
            file.write(wrapped([f'("{first}", "{second}")' for first, second in found], "      names: [", "]"))
            file.write("    ),\n")
        file.write(TAIL)


if __name__ == "__main__":
    main()
