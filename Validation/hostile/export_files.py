"""Hostile files of torch.export: a sound program with parts of it changed."""
import pathlib

from wire import *

FIXTURES = pathlib.Path(__file__).parent.parent.parent / "Tests" / "Fixtures" / "TorchExport"


def files():
    with zipfile.ZipFile(FIXTURES / "branch.pt2") as sound:
        members = {name: sound.read(name) for name in sound.namelist()}
    program = next(name for name in members if name.endswith("models/model.json"))
    weights = next((name for name in members if name.endswith("weights_config.json")), None)
    document = json.loads(members[program])
    graph = document["graph_module"]["graph"]

    def having(name, data):
        return archive([*{**members, name: as_json(data)}.items()])

    def changed(change):
        copy = json.loads(members[program])
        change(copy, copy["graph_module"]["graph"])
        return having(program, copy)

    yield "plain", archive([*members.items()])
    yield "program_deep", having(program, b'{"a":' * 100_000)
    yield "program_list", having(program, b"[]")
    yield "program_large", having(program, b'{"graph_module":{"graph":{"nodes":[' + b"{}," * 300_000 + b"{}]}}}")
    yield "no_nodes", changed(lambda whole, graph: graph.update(nodes=None))
    yield "no_values", changed(lambda whole, graph: graph.update(tensor_values={}))
    yield "nodes_many", changed(lambda whole, graph: graph.update(nodes=graph["nodes"] * 3_000))
    yield "nodes_backwards", changed(lambda whole, graph: graph["nodes"].reverse())
    yield "outputs_unknown", changed(lambda whole, graph: graph.update(outputs=[{"as_tensor": {"name": "nothing"}}] * 9))
    yield "inputs_text", changed(lambda whole, graph: graph.update(inputs="x"))
    yield "no_signature", changed(lambda whole, graph: whole["graph_module"].pop("signature"))
    yield "schema_text", changed(lambda whole, graph: whole.update(schema_version="8"))
    with zipfile.ZipFile(FIXTURES / "Training" / "windows.pt2") as sound:
        parts = [(name, sound.read(name)) for name in sound.namelist()]
    for name, part in {"deep": b"a.", "dotted": b"."}.items():
        yield f"names_{name}", archive([
            (member, data.replace(b'"conv.weight"', b'"' + part * 60_000 + b'w"') if member.endswith(".json") else data)
            for member, data in parts])
    for name, v in LIMITS.items():
        def sized(whole, graph, v=v):
            for meta in graph["tensor_values"].values():
                meta["sizes"] = [{"as_int": v} for _ in meta["sizes"]]
                meta["strides"] = [{"as_int": v} for _ in meta["strides"]]
        yield f"sizes_{name}", changed(sized)

        def argued(whole, graph, v=v):
            for node in graph["nodes"]:
                for argument in node["inputs"]:
                    for kind in ("as_int", "as_ints"):
                        if kind in argument["arg"]:
                            argument["arg"][kind] = v if kind == "as_int" else [v] * 3
        yield f"arguments_{name}", changed(argued)

    def expressed(whole, graph):
        for meta in graph["tensor_values"].values():
            for size in meta["sizes"]:
                size.clear()
                size["as_expr"] = {"expr_str": "(" * 50_000 + "s0" + ")" * 50_000, "hint": {"as_int": 2}}
    yield "expressions_deep", changed(expressed)
    if weights:
        yield "weights_deep", having(weights, b"[" * 200_000)
        yield "weights_text", having(weights, {"config": "x"})
        facts = json.loads(members[weights])
        for entry in facts.get("config", {}).values():
            entry["path_name"] = "../../../../etc/passwd"
        yield "weights_above", having(weights, facts)
