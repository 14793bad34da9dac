@_exported public import ByteFormats
@_exported public import MemoryAnalysis
@_exported public import MemoryPlanning
@_exported public import ModelFormats
@_exported public import ModelGraph
@_exported public import ModelZoo
@_exported public import Operators
@_exported public import Reports
