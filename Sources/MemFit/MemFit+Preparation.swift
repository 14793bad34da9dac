import ModelGraph
import Operators

extension MemFit {
  /// Begins to make the table that every question to a graph needs, beside what the caller goes on with.
  ///
  /// Who does not call it waits for the table where it is first needed.
  public static func prepare() { Deferred { _ = OperatorCatalog.standard }.begin() }
}
