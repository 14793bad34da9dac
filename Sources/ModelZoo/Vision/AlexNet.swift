// "ImageNet Classification with Deep Convolutional Neural Networks", Krizhevsky, Sutskever and
// Hinton, 2012. <https://papers.nips.cc/paper/2012/hash/c399862d3b9d6b76c8436e924a68c45b-Abstract.html>
// "One weird trick for parallelizing convolutional neural networks", Krizhevsky, 2014.
// <https://arxiv.org/abs/1404.5997>

/// Five convolutions and three linear layers, as torchvision writes the later, narrower network.
struct AlexNet: CompositeLayer {
  var body: some Layer {
    Numbered {
      Conv2d(3, 64, kernel: 11, stride: 4, padding: 2)
      Activation.relu(inPlace: true)
      MaxPool2d(kernel: 3, stride: 2)
      Conv2d(64, 192, kernel: 5, padding: 2)
      Activation.relu(inPlace: true)
      MaxPool2d(kernel: 3, stride: 2)
      Conv2d(192, 384, kernel: 3, padding: 1)
      Activation.relu(inPlace: true)
      Conv2d(384, 256, kernel: 3, padding: 1)
      Activation.relu(inPlace: true)
      Conv2d(256, 256, kernel: 3, padding: 1)
      Activation.relu(inPlace: true)
      MaxPool2d(kernel: 3, stride: 2)
    }.named("features")
    AdaptiveAvgPool2d(6).named("avgpool")
    Flatten()
    AlexNetClassifier().named("classifier")
  }
}

/// The network of 2012 on one device, as the lectures of MIT 6.5940 count it.
///
/// The second, fourth and fifth convolution see half of the channels each, where the original ran on
/// two devices. Local response normalization is left out.
struct LectureAlexNet: CompositeLayer {
  var body: some Layer {
    Numbered {
      Conv2d(3, 96, kernel: 11, stride: 4, padding: 2)
      Activation.relu(inPlace: true)
      MaxPool2d(kernel: 3, stride: 2)
      Conv2d(96, 256, kernel: 5, padding: 2, groups: 2)
      Activation.relu(inPlace: true)
      MaxPool2d(kernel: 3, stride: 2)
      Conv2d(256, 384, kernel: 3, padding: 1)
      Activation.relu(inPlace: true)
      Conv2d(384, 384, kernel: 3, padding: 1, groups: 2)
      Activation.relu(inPlace: true)
      Conv2d(384, 256, kernel: 3, padding: 1, groups: 2)
      Activation.relu(inPlace: true)
      MaxPool2d(kernel: 3, stride: 2)
    }.named("features")
    Flatten()
    AlexNetClassifier().named("classifier")
  }
}

private struct AlexNetClassifier: CompositeLayer {
  var body: some Layer {
    Numbered {
      Dropout(0.5)
      Linear(256 * 6 * 6, 4096)
      Activation.relu(inPlace: true)
      Dropout(0.5)
      Linear(4096, 4096)
      Activation.relu(inPlace: true)
      Linear(4096, 1000)
    }
  }
}

extension Architecture {
  static let alexNets = [
    Architecture(
      "alexnet", "AlexNet", family: "AlexNet",
      paper: Paper(
        title: "One weird trick for parallelizing convolutional neural networks",
        authors: "Krizhevsky", year: 2014, url: "https://arxiv.org/abs/1404.5997"),
      input: .image(224), AlexNet()),
    Architecture(
      "alexnet-lecture", "AlexNet of 2012, one tower", family: "AlexNet",
      paper: Paper(
        title: "ImageNet Classification with Deep Convolutional Neural Networks",
        authors: "Krizhevsky, Sutskever and Hinton", year: 2012,
        url: "https://papers.nips.cc/paper/2012/hash/c399862d3b9d6b76c8436e924a68c45b-Abstract.html"),
      input: .image(224), LectureAlexNet()),
  ]
}
