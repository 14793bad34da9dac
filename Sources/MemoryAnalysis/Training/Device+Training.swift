import ModelGraph
public import Operators

extension Device {
  /// What PyTorch's kernels ask of the device; `nil` if it is not known for it.
  public func trainingEnvironment(hasWorkspace: Bool = true) -> TrainingEnvironment? {
    guard let capability = computeCapability, let shape = Self.multiprocessors[name],
      let digits = Int(capability.filter { $0 != "." })
    else { return nil }
    return TrainingEnvironment(
      computeCapability: digits, multiprocessors: shape.count,
      threadsPerMultiprocessor: shape.threads,
      matrixProductWorkspace: hasWorkspace ? Self.workspace(capability: digits) : 0)
  }

  /// The workspace that PyTorch 2.15 gives cuBLAS, by ten times the compute capability.
  ///
  /// Source: `parseChosenWorkspaceSize` of `CublasHandlePool.cpp`.
  private static func workspace(capability: Int) -> Int {
    switch capability / 10 {
    case 9, 10, 12: 32 << 20
    default: 8_519_680
    }
  }

  /// The multiprocessors and the threads that each can hold, from NVIDIA's data sheets and the
  /// table "Technical Specifications per Compute Capability" of the CUDA guide.
  private static let multiprocessors: [String: (count: Int, threads: Int)] = [
    "v100-16gb": (80, 2048), "v100-32gb": (80, 2048), "t4": (40, 1024),
    "a100-40gb": (108, 2048), "a100-80gb": (108, 2048), "a10": (72, 1536), "a10g": (80, 1536),
    "l4": (58, 1536), "l40s": (142, 1536), "h100-80gb": (132, 2048), "h200": (132, 2048),
    "b200": (148, 2048), "rtx-3060-12gb": (28, 1536), "rtx-3090": (82, 1536),
    "rtx-4090": (128, 1536), "rtx-5090": (170, 1536), "jetson-orin-nano-8gb": (8, 1536),
    "jetson-orin-nx-16gb": (8, 1536), "jetson-agx-orin-64gb": (16, 1536),
  ]
}

extension CachingAllocator.Configuration {
  /// The settings with the memory that a device has for tensors beside the context.
  public func limited(to device: Device) -> CachingAllocator.Configuration {
    var limited = self
    limited.memoryLimit = max(0, (device.usableMemory - DeviceFit.context.bytes).value)
    return limited
  }
}
