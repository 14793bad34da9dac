import ModelGraph

extension TrainingRule {
  /// Samples of an image at the places of a grid; a gradient of the grid is made in any case.
  ///
  /// cuDNN takes bilinear samples between the centres of the corners, with nothing outside, of up to 1024 channels.
  /// Source: `ATen/native/GridSampler.cpp`, `ATen/native/GridSamplerUtils.h`, `ATen/native/cudnn/GridSampler.cpp` and
  /// `ATen/native/cuda/GridSampler.cu`, PyTorch 2.15.
  static let gridSampling = TrainingRule { dispatcher, call in
    guard let given = call.input(0), let places = call.input(1), let type = call.outputs.first
    else { return [] }
    // Autocast brings both to the wider type.
    let widest = promoted(given.dataType, places.dataType)
    let image = dispatcher.cast(given, to: widest)
    let grid = dispatcher.cast(places, to: widest)
    let isOfCuDNN =
      call.attributes.flag("simple") && image.shape.count == 4 && widest != .bfloat16
      && image.shape[1] <= mostChannels
    let kernel = isOfCuDNN ? "cudnn_grid_sampler" : "grid_sampler_\(image.shape.count - 2)d"
    let dense = isOfCuDNN ? dispatcher.temporarilyDense(grid, as: .init(grid.layout.type)) : grid
    let y = dispatcher.make(TensorType(widest, type.shape), by: kernel)
    dispatcher.drop(dense, ifCopyOf: grid)
    dispatcher.record(
      "GridSamplerBackward0", from: [image, grid], to: [y], saving: [image, grid]
    ) { dispatcher, call in
      guard call.gradient != nil else { return [nil, nil] }
      let kernel = "\(kernel)_backward"
      let ofImage =
        isOfCuDNN || call.needs(0) ? dispatcher.make(image.layout.type, by: kernel) : nil
      let ofGrid = dispatcher.make(grid.layout.type, by: kernel)
      if let ofImage, !call.needs(0) { dispatcher.release(ofImage) }
      if !call.needs(1) { dispatcher.release(ofGrid) }
      return [call.needs(0) ? ofImage : nil, call.needs(1) ? ofGrid : nil]
    }
    return [y]
  }

  private static let mostChannels = 1024
}
