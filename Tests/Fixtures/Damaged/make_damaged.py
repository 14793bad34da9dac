"""Makes ONNX/: files that once brought a reader down, each as small as it shows what did.

    python make_damaged.py        needs the package `onnx`

TFLite/ has what the fuzzer found, as it found it.
"""
import os

from onnx import TensorProto, helper

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ONNX")


def floats(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def integers(name, values, shape=None):
    return helper.make_tensor(name, TensorProto.INT64, shape or [len(values)], values)


def save(name, nodes, inputs, outputs, initializers=(), functions=(), operator_set=17):
    graph = helper.make_graph(nodes, "damaged", inputs, outputs, list(initializers))
    domains = {function.domain for function in functions}
    model = helper.make_model(
        graph, functions=list(functions), ir_version=8,
        opset_imports=[helper.make_opsetid("", operator_set)] + [helper.make_opsetid(d, 1) for d in domains])
    with open(os.path.join(FOLDER, name + ".onnx"), "wb") as file:
        file.write(model.SerializeToString())


def paths_that_begin_with_a_dot():
    nodes = [
        helper.make_node("Relu", ["x"], ["y"], name="/.layer/Relu"),
        helper.make_node("Relu", ["y"], ["z"], name="Relu"),
        helper.make_node("Relu", ["z"], ["w"], name="/../Relu"),
    ]
    save("dotted_module", nodes, [floats("x", [2, 3])], [floats("w", [2, 3])])


def an_axis_without_broadcast():
    nodes = [helper.make_node("Add", ["a", "b"], ["y"], axis=0), helper.make_node("Greater", ["a", "b"], ["z"], axis=0)]
    save("axis_alone", nodes, [], [], [integers("a", range(6), [3, 2]), integers("b", [1, 2])], operator_set=6)


def a_third_operand_that_does_not_fit():
    nodes = [
        helper.make_node("Sum", ["a", "b", "c"], ["y"], broadcast=1),
        helper.make_node("Where", ["condition", "b", "c"], ["z"], broadcast=1),
    ]
    condition = helper.make_tensor("condition", TensorProto.BOOL, [3], [False] * 3)
    stored = [integers("a", [1, 2, 3]), integers("b", [1]), integers("c", [1, 2]), condition]
    save("third_operand", nodes, [], [], stored, operator_set=6)


def a_call_that_names_an_output_twice():
    body = [helper.make_node("Constant", [], ["o"], value=integers("value", [1, 2, 3]))]
    function = helper.make_function("f", "F", ["i"], ["o", "i"], body, [helper.make_opsetid("", 17)])
    nodes = [helper.make_node("F", ["x"], ["y", "y"], domain="f"), helper.make_node("Add", ["y", "y"], ["z"])]
    x = helper.make_tensor_value_info("x", TensorProto.INT64, [5, 5])
    save("output_twice", nodes, [x], [], functions=[function])


def operators_in_two_spellings():
    """Each name once with a K and once with the sign of kelvin, which Unicode holds for the same."""
    nodes = []
    for index in range(200):
        for letter in "K\u212a":
            nodes.append(helper.make_node(f"{letter}{index}", ["x"], [f"{letter}{index}"]))
    save("two_spellings", nodes, [floats("x", [1])], [])


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    paths_that_begin_with_a_dot()
    an_axis_without_broadcast()
    a_third_operand_that_does_not_fit()
    a_call_that_names_an_output_twice()
    operators_in_two_spellings()
