import ModelGraph
@testable import Operators
import Testing

@Suite struct TensorLayoutTests {
  private let images = TensorLayout(TensorType(.float32, [8, 3, 4, 5]))

  @Test func `row-major strides end in one`() {
    #expect(images.strides == [60, 20, 5, 1])
    #expect(images.isContiguous && images.isDense)
  }

  @Test func `a transposed tensor is dense but not in order`() {
    let transposed = images.transposed()
    #expect(transposed.shape == [8, 3, 5, 4])
    #expect(transposed.isDense && !transposed.isContiguous)
    #expect(transposed.densified().strides == transposed.strides)
  }

  @Test func `split axes are a view, joined axes out of order are not`() {
    let heads = TensorLayout(TensorType(.float32, [2, 7, 12])).viewed(as: [2, 7, 3, 4])
    #expect(heads?.strides == [84, 12, 4, 1])
    #expect(heads?.transposed(1, 2).viewed(as: [6, 7, 4]) == nil)
    #expect(images.viewed(as: [24, 20])?.strides == [20, 1])
  }

  @Test func `an expanded axis has no stride and is not dense`() {
    let expanded = TensorLayout(TensorType(.int64, [1, 512])).expanded(to: [8, 512])
    #expect(expanded.strides == [0, 1])
    #expect(!expanded.isDense)
  }

  /// As `torch.empty(shape).to(memory_format=torch.channels_last).stride()`.
  @Test func `channels that lie last are recognised, doubtful shapes are not`() {
    let last = TensorLayout(channelsLast: TensorType(.float32, [8, 3, 4, 5]))
    #expect(last.strides == [60, 1, 15, 3])
    #expect(last.suggestsChannelsLast && last.isDense)
    #expect(!images.suggestsChannelsLast)
    #expect(!TensorLayout(TensorType(.float32, [64, 16, 1, 1])).suggestsChannelsLast)
  }

  @Test func `huge strides do not overflow`() {
    let narrowed = images.narrowed(axis: 0, to: 1, step: .max)
    #expect(narrowed.viewed(as: [60])?.strides == [1])
    #expect(!narrowed.narrowed(axis: 3, to: 5, step: .max).isContiguous)
  }

  @Test func `axes that are not there leave a layout as it is`() {
    let layout = TensorLayout(TensorType(.float32, [2, 3]))
    #expect(layout.permuted([0, 2]) == layout)
    #expect(layout.transposed(0, -3) == layout)
    #expect(layout.selected(axis: 2) == layout)
    #expect(layout.narrowed(axis: -1, to: 1) == layout)
    #expect(layout.expanded(to: [3]).shape == [3])
  }
}
