/// Every readable format; the first that matches a file reads it.
public let modelFormats: [any ModelFormat.Type] = [
  Safetensors.self,
  GGUF.self,
  TorchExport.self,
  PyTorch.self,
  Keras.self,
  CoreML.self,
  ShardedCheckpoint.self,
  ONNX.self,
]
