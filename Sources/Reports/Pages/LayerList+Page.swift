import MemoryAnalysis
import ModelGraph

extension LayerList: Presentable {
  public func page(_ style: NumberStyle) -> Page {
    let table = LayerTable(layers: layers, title: "").table(limit: .max)
    return Page(sections: [Section(key: "layers", title: "", blocks: [.table(table)])])
  }

  public var json: JSON {
    [
      "memfit": .string(version), "model": model.json, "layers": .array(layers.map(\.json)),
    ]
  }
}
