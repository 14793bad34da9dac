"""Writes small TFLite files: tensors, operators, subgraphs, with the schema of ai-edge-litert."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TYPES = {
    "float32": schema.TensorType.FLOAT32, "float16": schema.TensorType.FLOAT16,
    "int32": schema.TensorType.INT32, "uint8": schema.TensorType.UINT8,
    "int64": schema.TensorType.INT64, "bool": schema.TensorType.BOOL,
    "int16": schema.TensorType.INT16, "int8": schema.TensorType.INT8,
    "int4": schema.TensorType.INT4, "complex64": schema.TensorType.COMPLEX64,
}


class Graph:
    """One subgraph in the making."""

    def __init__(self, model):
        self.model = model
        self.graph = schema.SubGraphT()
        self.graph.name = f"graph{len(model.model.subgraphs)}"
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []
        model.model.subgraphs.append(self.graph)

    def tensor(self, name, dtype, shape, data=None, scales=None, variable=False, signature=None,
               axis=0):
        tensor = schema.TensorT()
        tensor.name, tensor.type, tensor.shape = name, TYPES[dtype], list(shape)
        tensor.shapeSignature = signature
        tensor.isVariable = variable
        tensor.buffer = self.model.buffer(data) if data is not None else 0
        if scales:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = list(scales)
            tensor.quantization.zeroPoint = [0] * len(scales)
            tensor.quantization.quantizedDimension = axis
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def weight(self, name, dtype, shape, scales=None, axis=0):
        """A constant of zeros, or of ones where no zero may be."""
        count = int(np.prod(shape))
        if dtype == "int4":
            data = np.zeros((count + 1) // 2, np.uint8)
        else:
            data = np.ones(shape, dtype)
        return self.tensor(name, dtype, shape, data, scales, axis=axis)

    def constant(self, name, values, dtype="int32"):
        array = np.array(values, dtype)
        return self.tensor(name, dtype, array.shape, array)

    def op(self, name, inputs, outputs, options=None, custom=None, custom_options=None, version=1):
        operator = schema.OperatorT()
        operator.opcodeIndex = self.model.code(name, custom, version)
        operator.inputs, operator.outputs = list(inputs), list(outputs)
        if custom_options is not None:
            operator.customOptions = list(custom_options)
        if options is not None:
            kind = type(options).__name__[:-1]
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
            operator.builtinOptions = options
        self.graph.operators.append(operator)


class Model:
    def __init__(self):
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = "made for tests"
        self.model.operatorCodes, self.model.subgraphs = [], []
        self.model.buffers = [schema.BufferT()]
        self.model.metadata, self.model.signatureDefs = [], []

    def buffer(self, data):
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        return len(self.model.buffers) - 1

    def code(self, name, custom, version):
        number = getattr(schema.BuiltinOperator, name)
        for index, code in enumerate(self.model.operatorCodes):
            if code.builtinCode == number and code.customCode == custom:
                return index
        code = schema.OperatorCodeT()
        code.deprecatedBuiltinCode, code.builtinCode = min(number, 127), number
        code.customCode, code.version = custom, version
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def metadata(self, name, data):
        entry = schema.MetadataT()
        entry.name, entry.buffer = name, self.buffer(data)
        self.model.metadata.append(entry)

    def write(self):
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())


def options(kind, **values):
    """The options of an operator, such as options("Conv2D", strideW=2)."""
    result = getattr(schema, f"{kind}OptionsT")()
    for name, value in values.items():
        assert hasattr(result, name), name
        setattr(result, name, value)
    return result
