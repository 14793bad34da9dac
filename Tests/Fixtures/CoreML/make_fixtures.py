"""Makes small Core ML models of every kind, and what coremltools says of them.

    pip install coremltools==9.0 numpy
    python make_fixtures.py

contract.json lists the weights of the plain models; facts.json, for every model, the elements of the weights, the bytes
their records take in the file, and the type of everything an ML program makes.
"""

import json
import pathlib
import shutil
import struct

import coremltools as ct
import coremltools.optimize.coreml as opt
import numpy as np
from coremltools.converters.mil import Builder as mb
from coremltools.models import MLModel, datatypes
from coremltools.models.neural_network import NeuralNetworkBuilder
from coremltools.models.tree_ensemble import TreeEnsembleRegressor
from coremltools.proto import MIL_pb2, Model_pb2

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(1)


def numbers(*shape):
    return random.standard_normal(shape).astype(np.float32)


def program(target):
    @mb.program(input_specs=[mb.TensorSpec((1, 3, 16, 16))], opset_version=target)
    def main(x):
        x = mb.conv(x=x, weight=numbers(32, 3, 3, 3), bias=numbers(32), strides=[2, 2], pad_type="same", name="conv")
        x = mb.batch_norm(
            x=x, mean=numbers(32), variance=abs(numbers(32)), gamma=numbers(32), beta=numbers(32), name="norm"
        )
        x = mb.relu(x=x, name="rectified")
        x = mb.max_pool(x=x, kernel_sizes=[2, 2], strides=[2, 2], pad_type="valid", name="pooled")
        x = mb.conv_transpose(x=x, weight=numbers(32, 8, 2, 2), strides=[2, 2], pad_type="valid", name="larger")
        x = mb.reshape(x=x, shape=[1, 8, 64], name="flat")
        x = mb.layer_norm(x=x, axes=[-1], gamma=numbers(64), beta=numbers(64), epsilon=1e-5, name="layer")
        x = mb.linear(x=x, weight=numbers(64, 64), bias=numbers(64), name="dense")
        y = mb.transpose(x=x, perm=[0, 2, 1], name="turned")
        x = mb.matmul(x=x, y=y, name="scores")
        x = mb.softmax(x=x, axis=-1, name="weights")
        x = mb.reduce_mean(x=x, axes=[-1], keep_dims=False, name="mean")
        return mb.add(x=x, y=numbers(1, 8), name="result")

    return ct.convert(main, minimum_deployment_target=target, compute_precision=ct.precision.FLOAT32)


def network():
    builder = NeuralNetworkBuilder(
        [("x", datatypes.Array(1, 3, 8, 8))], [("y", None)], disable_rank5_shape_mapping=True
    )
    builder.add_convolution(
        "conv", 3, 4, 3, 3, 1, 1, "valid", 1, numbers(3, 3, 3, 4), numbers(4), True, input_name="x", output_name="a"
    )
    builder.add_activation("relu", "RELU", "a", "b")
    builder.add_pooling("pool", 2, 2, 2, 2, "MAX", "VALID", "b", "c")
    builder.add_batchnorm("norm", 4, numbers(4), numbers(4), numbers(4), abs(numbers(4)), "c", "d")
    builder.add_reshape_static("flat", "d", "e", (1, 36))
    builder.add_inner_product("dense", numbers(5, 36), numbers(5), 36, 5, True, "e", "y")
    return MLModel(builder.spec)


def moving():
    """Layers of the first specification that move elements, and some of later ones."""
    builder = NeuralNetworkBuilder([("x", datatypes.Array(4, 6, 8))], [("y", None)])
    builder.add_padding("pad", 1, 1, 1, 2, input_name="x", output_name="padded")
    builder.add_upsample("up", 2, 2, "padded", "larger")
    builder.add_crop("crop", 1, 1, 1, 2, [0, 0], ["larger"], "cropped")
    builder.add_unary("root", "cropped", "rooted", "sqrt")
    builder.add_activation("slopes", "PRELU", "rooted", "sloped", numbers(4))
    builder.add_scale("scale", numbers(4), numbers(4), True, "sloped", "scaled", shape_scale=[4], shape_bias=[4])
    builder.add_bias("bias", numbers(4, 1, 1), "scaled", "shifted", shape_bias=[4, 1, 1])
    builder.add_elementwise("add", ["scaled", "shifted"], "added", "ADD")
    builder.add_elementwise("twice", ["added"], "doubled", "MULTIPLY", 2.0)
    builder.add_split("split", "doubled", ["first", "second"])
    builder.add_elementwise("joined", ["first", "second"], "joined", "CONCAT")
    builder.add_slice("slice", "joined", "sliced", "height", 3, -1, 2)
    builder.add_permute("turn", (0, 1, 3, 2), "sliced", "turned")
    builder.add_reduce("mean", "turned", "averaged", "HW", "avg")
    builder.add_flatten("flat", 0, "averaged", "y")
    return MLModel(builder.spec)


def trees():
    ensemble = TreeEnsembleRegressor([("x", datatypes.Array(3))], "y")
    ensemble.set_default_prediction_value(0.5)
    for tree in range(2):
        ensemble.add_branch_node(tree, 0, 1, 0.25, "BranchOnValueGreaterThan", 1, 2)
        ensemble.add_leaf_node(tree, 1, 1.5)
        ensemble.add_leaf_node(tree, 2, -0.5)
    return ensemble.spec


def linear():
    spec = Model_pb2.Model(specificationVersion=1)
    classifier = spec.glmClassifier
    for _ in range(3):
        classifier.weights.add().value.extend([1.0, 2.0, 3.0, 4.0])
    classifier.offset.extend([0.1, 0.2, 0.3])
    classifier.int64ClassLabels.vector.extend([0, 1, 2])
    return spec


def pipeline():
    spec = Model_pb2.Model(specificationVersion=1)
    for part in [linear(), trees()]:
        spec.pipeline.models.add().CopyFrom(part)
    return spec


def compressed(model):
    configuration = opt.OptimizationConfig
    yield "palette", opt.palettize_weights(
        model, configuration(opt.OpPalettizerConfig(mode="kmeans", nbits=4, weight_threshold=512))
    )
    yield "linear", opt.linear_quantize_weights(
        model, configuration(opt.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=512))
    )
    yield "sparse", opt.prune_weights(
        model, configuration(opt.OpMagnitudePrunerConfig(target_sparsity=0.75, weight_threshold=512))
    )


NAMES = {v: k for k, v in MIL_pb2.DataType.items()}


def described(path):
    spec = ct.utils.load_spec(str(path))
    kind = spec.WhichOneof("Type")
    facts = {"kind": kind}
    if kind != "mlProgram":
        return facts
    block = next(iter(spec.mlProgram.functions["main"].block_specializations.values()))
    outputs = {}
    records = (path / "Data/com.apple.CoreML/weights/weight.bin").read_bytes()
    used = {b.name for o in block.operations for a in o.inputs.values() for b in a.arguments if o.type != "const"}
    inner = {
        b.name
        for o in block.operations if o.type.startswith("constexpr_") for a in o.inputs.values() for b in a.arguments
    }
    facts["elements"] = facts["recordBytes"] = 0
    for operation in block.operations:
        kind = operation.outputs[0].type.tensorType
        shape = [d.constant.size for d in kind.dimensions]
        is_float = NAMES[kind.dataType].startswith("FLOAT") and shape
        is_stored = operation.type == "const" or operation.type.startswith("constexpr_")
        if is_stored and is_float and operation.outputs[0].name in used - inner:
            facts["elements"] += int(np.prod(shape))
        bound = [b.value for a in operation.inputs.values() for b in a.arguments if b.HasField("value")]
        for value in [*operation.attributes.values(), *bound]:
            if value.HasField("blobFileValue"):
                offset = value.blobFileValue.offset
                sentinel, _, size, _ = struct.unpack_from("<IIQQ", records, offset)
                assert sentinel == 0xDEADBEEF
                facts["recordBytes"] += size
        for output in operation.outputs:
            tensor = output.type.tensorType
            if operation.type != "const" and tensor.dataType:
                outputs[output.name] = [
                    NAMES[tensor.dataType], [d.constant.size for d in tensor.dimensions], operation.type
                ]
    facts["outputs"] = outputs
    return facts


def save(model, name):
    path = HERE / name
    shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True)
    model.save(str(path)) if isinstance(model, MLModel) else ct.utils.save_spec(model, str(path))
    return path


facts, contract = {}, {}
old, new = program(ct.target.iOS16), program(ct.target.iOS18)
models = [("plain.mlpackage", old)]
models += [(f"{name}.mlpackage", model) for name, model in compressed(old)]
models += [(f"{name}18.mlpackage", model) for name, model in compressed(new)]
blocks = opt.OptimizationConfig(
    opt.OpLinearQuantizerConfig(
        mode="linear_symmetric", dtype="int4", granularity="per_block", block_size=32, weight_threshold=512
    )
)
models.append(("blocks18.mlpackage", opt.linear_quantize_weights(new, blocks)))
models += [("network.mlmodel", network()), ("moving.mlmodel", moving())]
models += [("trees.mlmodel", trees()), ("linear.mlmodel", linear())]
models.append(("pipeline.mlmodel", pipeline()))
for name, model in models:
    facts[name] = described(save(model, name))

contract["network.mlmodel"] = {
    "tensors": [
        ["conv/weights", "float32", [4, 3, 3, 3]], ["conv/bias", "float32", [4]],
        ["norm/gamma", "float32", [4]], ["norm/beta", "float32", [4]], ["norm/mean", "float32", [4]],
        ["norm/variance", "float32", [4]], ["dense/weights", "float32", [5, 36]], ["dense/bias", "float32", [5]],
    ]
}
contract["linear.mlmodel"] = {"tensors": [["weights", "float64", [3, 4]], ["offset", "float64", [3]]]}
for name, value in [("facts", facts), ("contract", {"files": contract})]:
    (HERE / f"{name}.json").write_text(json.dumps(value) + "\n")
