import MemoryAnalysis
import ModelGraph

extension DeviceList: Presentable {
  public func page(_ style: NumberStyle) -> Page {
    let columns = [
      Column("name", "Device", .label), Column("title", "Title", .text),
      Column("kind", "Kind", .label), Column("usableBytes", "Usable", .number),
      Column("source", "Source", .text, isOptional: true),
      Column("flashBytes", "Flash", .number, isOptional: true),
    ]
    let rows = devices.map { device -> [Cell] in
      [
        .text(device.name), .text(device.title), .text(device.kind.rawValue),
        .bytes(device.usableMemory), .text(device.source),
        device.flash.map(Cell.bytes) ?? .text(""),
      ]
    }
    let table = Table(key: "devices", columns: columns, rows: rows)
    return Page(sections: [Section(key: "devices", title: "", blocks: [.table(table)])])
  }

  public var json: JSON {
    ["memfit": .string(version), "devices": .array(devices.map(\.json))]
  }
}

extension Device {
  fileprivate var json: JSON {
    [
      "name": .string(name), "title": .string(title), "kind": .string(kind.rawValue),
      "usableBytes": usableMemory.json, "flashBytes": flash?.json ?? nil,
      "computeCapability": computeCapability.map(JSON.string) ?? nil, "source": .string(source),
    ]
  }
}
