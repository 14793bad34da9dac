/// Something that can be shown to people and to programs.
public protocol Presentable: Sendable {
  /// The arrangement for people, with numbers inside sentences in the given style.
  func page(_ style: NumberStyle) -> Page

  /// The document for programs.
  var json: JSON { get }

  /// The documents where each thing is one of its own; one for the whole unless there are several.
  var documents: [JSON] { get }
}

extension Presentable {
  public var documents: [JSON] { [json] }
}

/// A way to write something down.
///
/// To add a form, add a file with a conforming type; the command line names it in its list.
public protocol OutputForm: Sendable {
  func write(_ subject: any Presentable) -> String
}
