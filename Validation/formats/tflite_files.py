"""Makes TFLite files of many kinds with TensorFlow's converter, for compare_arenas.py.

    python tflite_files.py FOLDER    # tensorflow-cpu 2.21

Files that are there already are kept. What the converter refuses is listed at the end.
"""
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"], os.environ["CUDA_VISIBLE_DEVICES"] = "3", ""
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers as L  # noqa: E402

FOLDER = pathlib.Path(sys.argv[1])
RANDOM = np.random.default_rng(0)
FAILURES = []
ALL = ("float32", "fp16", "dynamic", "int8", "int16x8")


def weights(*shape):
    return tf.constant(RANDOM.random(shape).astype(np.float32))


def write(name, converter):
    path = FOLDER / f"{name}.tflite"
    if path.exists():
        return
    try:
        path.write_bytes(converter().convert())
        print(name, flush=True)
    except Exception as error:
        FAILURES.append((name, str(error).strip().splitlines()[-1][:150]))


def function(name, body, *inputs, quantised=False):
    """A function of tensors; an input is a tuple of sizes, perhaps with a type at its end."""
    def converter():
        specs = [tf.TensorSpec(i[:-1], i[-1]) if i and isinstance(i[-1], str) else tf.TensorSpec(i) for i in inputs]
        traced = tf.function(body, input_signature=specs)
        made = tf.lite.TFLiteConverter.from_concrete_functions([traced.get_concrete_function()], traced)
        made.optimizations = [tf.lite.Optimize.DEFAULT] if quantised else []
        return made

    write(name, converter)


def network(name, model, forms=("float32",)):
    def converter(form):
        made = tf.lite.TFLiteConverter.from_keras_model(model)
        shapes = [[size or 1 for size in i.shape] for i in model.inputs]
        sample = lambda: ([RANDOM.random(s).astype(np.float32) for s in shapes] for _ in range(3))
        if form != "float32":
            made.optimizations = [tf.lite.Optimize.DEFAULT]
        if form == "fp16":
            made.target_spec.supported_types = [tf.float16]
        if form in ("int8", "int16x8"):
            made.representative_dataset = sample
            kinds = tf.lite.OpsSet
            made.target_spec.supported_ops = [
                kinds.TFLITE_BUILTINS_INT8 if form == "int8"
                else kinds.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]
        if form == "int8":
            made.inference_input_type = made.inference_output_type = tf.int8
        return made

    for form in forms:
        write(f"{name}.{form}", lambda: converter(form))


def control_flow():
    w = weights(6, 6)
    loop = tf.while_loop
    function("loop", lambda x: loop(lambda i, y: i < 5, lambda i, y: (i + 1, tf.matmul(y, w)), [tf.constant(0), x])[1], (1, 6))
    function("loop_of_two", lambda x: loop(
        lambda i, y, z: i < 5, lambda i, y, z: (i + 1, tf.nn.relu(tf.matmul(z, w)), y + 1.), [tf.constant(0), x, x * 2])[1:], (1, 6))
    inner = lambda y: loop(lambda j, z: j < 2, lambda j, z: (j + 1, tf.matmul(z, w)), [tf.constant(0), y])[1]
    function("loop_in_loop", lambda x: loop(lambda i, y: i < 3, lambda i, y: (i + 1, inner(y)), [tf.constant(0), x])[1], (4, 6))
    function("branch", lambda x: tf.cond(tf.reduce_sum(x) > 0, lambda: tf.matmul(x, w) + 1., lambda: tf.nn.relu(x)), (1, 6))
    function("branch_of_two", lambda x: tf.cond(
        tf.reduce_sum(x) > 0, lambda: (tf.matmul(x, w), x * 2.), lambda: (tf.nn.relu(x), tf.exp(x))), (8, 6))
    kernel = weights(3, 3, 4, 32)
    function("branch_large", lambda x: tf.cond(
        tf.reduce_sum(x) > 0, lambda: tf.reduce_mean(tf.nn.conv2d(x, kernel, 1, "SAME"), -1), lambda: tf.reduce_max(x, -1)), (1, 16, 16, 4))
    function("cases", lambda x, i: tf.switch_case(i, [lambda: x + 1., lambda: tf.matmul(x, w), lambda: tf.exp(x)]), (4, 6), ("int32",))
    function("mapped", lambda x: tf.map_fn(lambda row: tf.reduce_sum(row * 2.), x), (5, 6))


def sizes_of_the_run():
    function("where", lambda x: tf.where(x > 0.), (3, 4))
    function("mask", lambda x: tf.boolean_mask(x, tf.reduce_sum(x, 1) > 0.), (8, 4))
    function("unique", lambda x: tf.unique(x)[0] + 1, (16, "int32"))
    function("reshape_given", lambda x, s: tf.nn.relu(tf.reshape(x, s)) * 2., (24,), (2, "int32"))
    function("fill_open", lambda x: tf.fill(tf.shape(x), 2.) + x, (None, 4))
    function("broadcast", lambda x, y: tf.broadcast_to(x, tf.broadcast_dynamic_shape(tf.shape(x), tf.shape(y))) + y, (3, 1), (1, 4))
    function("slice_given", lambda x, i: x[:, i:] * 2., (4, 8), ("int32",))
    function("image_open", lambda x: tf.reduce_mean(tf.nn.conv2d(x, weights(3, 3, 3, 4), 1, "SAME"), [1, 2]), (1, None, None, 3))
    function("resize_by_shape", lambda x: tf.image.resize(x, tf.shape(x)[1:3] * 2), (1, 8, 8, 3))


def movements():
    for name, body, sizes in (
        ("gather_nd", lambda x: tf.gather_nd(x, [[0, 1], [2, 3]]) + 1., (3, 4, 5)),
        ("scatter", lambda x: tf.scatter_nd([[0], [2]], x, [5, 4]) * 2., (2, 4)),
        ("top", lambda x: tf.math.top_k(x, 3), (4, 10)), ("cumulative", lambda x: tf.cumsum(x, 1, reverse=True), (4, 10)),
        ("segments", lambda x: tf.math.segment_sum(x, [0, 0, 1, 1]) * 1.5, (4, 10)),
        ("diagonal", lambda x: tf.linalg.set_diag(tf.zeros((4, 10, 10)), x), (4, 10)),
        ("packed", lambda x: [t * 2. for t in tf.unstack(tf.stack([x, x + 1.], 1), axis=1)], (4, 5)),
        ("split", lambda x: [t * 2. for t in tf.split(x, [1, 3, 4], 1)], (4, 8)),
        ("mirror", lambda x: tf.pad(x, [[0, 0], [2, 2], [1, 1], [0, 0]], "SYMMETRIC"), (1, 8, 8, 3)),
        ("transpose", lambda x: tf.transpose(x, [5, 4, 3, 2, 1, 0]) * 2., (1, 2, 3, 4, 2, 2)),
        ("blocks", lambda x: tf.batch_to_space(tf.nn.relu(tf.space_to_batch(x, [2, 2], [[0, 0]] * 2)), [2, 2], [[0, 0]] * 2), (1, 8, 8, 3)),
        ("depth", lambda x: tf.nn.depth_to_space(tf.nn.relu(tf.nn.space_to_depth(x, 2)), 2), (1, 8, 8, 3)),
        ("resize", lambda x: (tf.image.resize(x, (5, 7)), tf.image.resize(x, (16, 16), "nearest")), (1, 8, 8, 3)),
        ("identity", lambda x: x, (4,)), ("scalar", lambda x: x * 2. + 1., ()), ("twice", lambda x: (x + 1., x + 1.), (4,)),
        ("constant_result", lambda x: (x * 1., tf.constant([1., 2., 3.])), (4,)), ("empty", lambda x: x[:0], (4, 5)),
        ("fourier", lambda x: tf.abs(tf.signal.rfft(x)), (1, 16)), ("frames", lambda x: tf.abs(tf.signal.stft(x, 16, 8)), (1, 64)),
        ("deviation", lambda x: tf.math.reduce_variance(x, 1) + tf.math.reduce_std(x, 1), (4, 8, 6)),
        ("unit", lambda x: tf.math.l2_normalize(x, 1), (4, 8)), ("response", lambda x: tf.nn.lrn(x, 2), (1, 4, 4, 8)),
        ("casts", lambda x: tf.cast(tf.cast(x, tf.int32), tf.int64) + tf.cast(x > 0., tf.int64), (4, 8)),
    ):
        function(name, body, sizes)
    for name in "sum mean max min prod".split():
        function(f"reduce_{name}", lambda x: getattr(tf, f"reduce_{name}")(x, [0, 2]), (4, 8, 6))


def products():
    function("batches", lambda a, b: tf.matmul(a, b), (2, 3, 8, 5), (2, 3, 5, 6))
    function("batches_turned", lambda a, b: tf.matmul(a, b, transpose_a=True, transpose_b=True), (2, 3, 5, 8), (2, 3, 6, 5))
    function("batches_spread", lambda a, b: tf.matmul(a, b), (2, 1, 8, 5), (3, 5, 6))
    function("batches_quantised", lambda a: tf.matmul(a, weights(3, 64, 64)), (3, 8, 64), quantised=True)
    function("dense_given", lambda a, b: tf.matmul(a, b, transpose_b=True) + 1., (8, 5), (6, 5))
    function("dense_quantised", lambda a: tf.matmul(tf.nn.relu(tf.matmul(a, weights(64, 64))), weights(64, 96)), (8, 64), quantised=True)
    function("attention", lambda q, k: tf.nn.softmax(tf.einsum("btnh,bsnh->bnts", q, k)), (1, 6, 4, 8), (1, 6, 4, 8))
    function("convolution_given", lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"), (1, 9, 9, 4), (3, 3, 4, 8))
    function("convolution_dilated", lambda x: tf.nn.conv2d(x, weights(3, 3, 4, 8), 1, "SAME", dilations=2), (1, 9, 9, 4))
    function("convolution_grouped", lambda x: tf.nn.conv2d(x, weights(3, 3, 2, 8), 1, "SAME"), (1, 9, 9, 4))
    function("convolution_turned", lambda x: tf.nn.conv2d_transpose(x, weights(3, 3, 6, 4), (1, 18, 18, 6), 2), (1, 9, 9, 4))
    function("volume_turned", lambda x: tf.nn.conv3d_transpose(x, weights(2, 2, 2, 3, 4), (1, 8, 8, 8, 3), 2), (1, 4, 4, 4, 4))


def networks():
    given = lambda *shape: keras.Input(shape, batch_size=1)
    x = given(12, 12, 8)
    y = L.Conv2D(16, 3, padding="same")(L.Conv2D(16, 3, padding="same", activation="relu")(x))
    network("residual", keras.Model(x, L.Dense(4)(L.GlobalAveragePooling2D()(L.ReLU()(L.Add()([y, L.Conv2D(16, 1)(x)]))))), ALL)
    x = given(12, 12, 8)
    y = L.Concatenate()([L.DepthwiseConv2D(3, padding="same")(x), L.AveragePooling2D(3, 1, "same")(x), x])
    network("inception", keras.Model(x, L.Softmax()(L.Flatten()(L.Conv2D(8, 1)(y)))), ALL)
    x = given(16, 16, 4)
    down = L.Conv2D(8, 3, padding="same", activation="relu")(x)
    up = L.Conv2DTranspose(8, 2, 2)(L.Conv2D(16, 3, padding="same", activation="relu")(L.MaxPooling2D()(down)))
    network("unet", keras.Model(x, L.Conv2D(1, 1, activation="sigmoid")(L.Concatenate()([up, down]))), ALL)
    x = given(12, 16)
    y = L.LayerNormalization()(x + L.MultiHeadAttention(2, 8)(x, x))
    network("transformer", keras.Model(x, L.Dense(16, activation="gelu")(y)), ALL)
    for name, layer in {"lstm": L.LSTM(6), "gru": L.GRU(6), "rnn": L.SimpleRNN(5), "both": L.Bidirectional(L.LSTM(5)),
                        "unrolled": L.GRU(6, unroll=True)}.items():
        x = given(10, 8)
        network(name, keras.Model(x, layer(x)), ("float32", "dynamic"))
    for name, size in {"MobileNet": 96, "MobileNetV2": 64, "MobileNetV3Small": 64, "DenseNet121": 64, "NASNetMobile": 64,
                       "EfficientNetV2B0": 64, "ConvNeXtTiny": 64, "InceptionV3": 96}.items():
        made = getattr(keras.applications, name)(input_shape=(size, size, 3), weights=None, classes=10)
        network(name, made, ("float32", "int8"))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for part in (control_flow, sizes_of_the_run, movements, products, networks):
        part()
    for name, reason in FAILURES:
        print("refused:", name, reason)
