/// The classes of layers that transformers has computed again when it is asked to, by their names.
///
/// They derive from one class, which hands its call to `torch.utils.checkpoint.checkpoint`: layers of encoders and decoders as a
/// rule, and others. Source: subclasses of `GradientCheckpointingLayer`, transformers 5.23.
enum CheckpointedLayers {
  /// Whether the layers of a class are computed again.
  static func contains(_ name: some StringProtocol) -> Bool {
    endings.contains { name.hasSuffix($0) }
      ? !exceptions.contains(String(name)) : others.contains(String(name))
  }

  private static let endings = ["DecoderLayer", "EncoderLayer"]

  private static func names(_ text: String) -> Set<String> {
    Set(
      text.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map {
        String(Substring($0))
      })
  }

  /// Those named so that are not.
  private static let exceptions = names(
    """
    ClvpDecoderLayer ClvpEncoderLayer DFineDecoderLayer DFineEncoderLayer DecoderLayer Deimv2DecoderLayer Deimv2EncoderLayer
    DiTDecoderLayer EdgeTamVideoPerceiverEncoderLayer EncoderLayer FastSpeech2ConformerEncoderLayer GroundingDinoDecoderLayer
    GroundingDinoEncoderLayer InklingVisionEncoderLayer MMGroundingDinoDecoderLayer MMGroundingDinoEncoderLayer
    Mask2FormerPixelDecoderEncoderLayer MllamaVisionEncoderLayer OmDetTurboEncoderLayer OneFormerPixelDecoderEncoderLayer
    OneFormerTextTransformerDecoderLayer OneFormerTransformerDecoderLayer
    OneFormerTransformerDecoderQueryTransformerDecoderLayer PPDocLayoutV2DecoderLayer PPDocLayoutV2EncoderLayer
    PPDocLayoutV3DecoderLayer PPDocLayoutV3EncoderLayer PPDocLayoutV4DecoderLayer PPDocLayoutV4EncoderLayer PatchTSTEncoderLayer
    Phi4MultimodalAudioConformerEncoderLayer RTDetrDecoderLayer RTDetrEncoderLayer RTDetrV2DecoderLayer RTDetrV2EncoderLayer
    Sam3DetrDecoderLayer Sam3DetrEncoderLayer Sam3GeometryEncoderLayer Sam3LiteTextDetrDecoderLayer Sam3LiteTextDetrEncoderLayer
    Sam3LiteTextGeometryEncoderLayer TableTransformerEncoderLayer TimesFmDecoderLayer VibeVoiceAcousticTokenizerDecoderLayer
    VibeVoiceAcousticTokenizerEncoderLayer Zamba2AttentionDecoderLayer ZambaAttentionDecoderLayer
    ZoeDepthTransformerEncoderLayer
    """)

  /// Those named otherwise that are.
  private static let others = names(
    """
    ASTLayer AlignTextLayer AltRobertaLayer BarkBlock BeitLayer BertGenerationLayer BertLayer BigBirdLayer Blip2QFormerLayer
    BlipTextLayer BloomBlock BltTransformerLayer BridgeTowerTextLayer BrosLayer CamembertLayer CanineLayer ChineseCLIPTextLayer
    ChineseCLIPVisionLayer ClapAudioStage ClapTextLayer CodeGenBlock CohereCompassVisionBlock ConvBertLayer DINOv3ViTLayer
    DPTViTLayer Data2VecAudioConvLayer Data2VecTextLayer Data2VecVisionLayer DbrxBlock DebertaLayer DebertaV2Layer
    DecisionTransformerGPT2Block DeepseekOcr2SamVisionLayer DeiTLayer DiffusionGemmaDecoderTextLayer Dinov2Layer
    Dinov2WithRegistersLayer DonutSwinStage Dots3NoteAudioLayer Dots3NoteVisionBlock EdgeTamTwoWayAttentionBlock
    EdgeTamVideoMemoryFuserCXBlock EdgeTamVideoTwoWayAttentionBlock EfficientLoFTRLocalFeatureTransformerLayer
    EfficientLoFTRRepVGGBlock ElectraLayer EomtDinov3Layer EomtLayer Ernie4_5_VLMoeVisionBlock ErnieLayer EsmFold2AtomLayer
    EsmFold2DiffusionLayer EsmFold2PairUpdateLayer EsmLayer EsmcLayer EvollaSaProtLayer Exaone4_5_VisionBlock FNetLayer
    FalconMambaBlock FlavaLayer FocalNetStage GPT2Block GPTBigCodeBlock GPTJBlock GPTNeoBlock GPTNeoXLayer GitLayer
    Glm4vMoeVisionBlock Glm4vVisionBlock Glm5NextVisionBlock GlmImageVisionBlock GlmOcrVisionBlock GotOcr2VisionLayer
    GraniteSpeech5EncoderBlock GraniteSpeech5EncoderSubsamplingBlock GteLayer HieraStage HubertEncoderLayerStableLayerNorm
    HubertGroupNormConvLayer HubertLayerNormConvLayer HubertNoLayerNormConvLayer HunYuanVLVisionBlock IJepaLayer
    IdeficsGatedCrossAttentionLayer ImageGPTBlock InformerConvLayer InstructBlipQFormerLayer InstructBlipVideoQFormerLayer
    InternVLVisionLayer JinaEmbeddingsV3Layer Kosmos2TextBlock Kosmos2_5TextBlock Kosmos2_5VisionLayer LasrEncoderBlock
    LayoutLMLayer LayoutLMv2Layer LayoutLMv3Layer Lfm3VlVisionLayer LiltLayer LongT5Block LongformerLayer LukeLayer
    LwDetrViTLayer MT5Block Mamba2Block MambaBlock MarkupLMLayer MaskFormerSwinStage MegatronBertLayer MimiTransformerLayer
    MobileBertLayer MobileViTLayer MobileViTV2Layer MossTranscribeDiarizeAudioLayer MptBlock MraLayer
    Nemotron3DiarizationAudioLayer Nemotron3_5TranscribeAsrAudioLayer NemotronAsrStreamingEncoderBlock NemotronHBlock
    NomicBertLayer NystromformerLayer OneFormerTextTransformerLayer PPDocLayoutV2ReadingOrderLayer PPFormulaNetVisionLayer
    PPLCNetDepthwiseSeparableConvLayer PPLCNetV3DepthwiseSeparableConvLayer PPOCRV5MobileRecBlock PPOCRV5ServerRecBlock
    PPOCRV6SmallDetDepthwiseSeparableConvLayer PPOCRV6SmallRecBlock ParakeetEncoderBlock Pix2StructTextBlock
    Pix2StructVisionLayer PixioLayer PixtralAttentionLayer PocketTTSAudioTokenizerTransformerLayer Pop2PianoBlock
    QianfanOCRVisionLayer Qwen2VLVisionBlock Qwen2_5OmniVisionBlock Qwen2_5_VLVisionBlock Qwen3OmniMoeCode2WavTransformerLayer
    Qwen3OmniMoeVisionBlock Qwen3VLMoeVisionBlock Qwen3VLVisionBlock Qwen3_5MoeVisionBlock Qwen3_5VisionBlock
    Qwen4ExpVisionBlock RadioLayer RemBertLayer RfDetrDinov2Layer RoCBertLayer RoFormerLayer RobertaLayer
    RobertaPreLayerNormLayer RwkvBlock SEWDGroupNormConvLayer SEWDLayer SEWDLayerNormConvLayer SEWDNoLayerNormConvLayer
    SEWGroupNormConvLayer SEWLayerNormConvLayer SEWNoLayerNormConvLayer SLANeXtVisionLayer SLANetDepthwiseSeparableConvLayer
    Sam2MultiScaleBlock Sam2TwoWayAttentionBlock Sam2VideoMemoryFuserCXBlock Sam2VideoTwoWayAttentionBlock
    Sam3TrackerTwoWayAttentionBlock Sam3TrackerVideoMemoryFuserCXBlock Sam3TrackerVideoTwoWayAttentionBlock Sam3ViTLayer
    SamHQVisionLayer SamVisionLayer Sapiens2Layer SegGptLayer SegformerLayer SpeechT5GroupNormConvLayer
    SpeechT5LayerNormConvLayer SpeechT5NoLayerNormConvLayer SplinterLayer SwiftFormerStage Swin2SRStage SwinLayer SwinStage
    Swinv2Stage SwitchTransformersBlock T5Block TapasLayer TimesformerLayer Tipsv2VisionLayer TransformerBlock TvpEncodeLayer
    UMT5Block UVDocBridgeBlock UdopBlock UniSpeechEncoderLayerStableLayerNorm UniSpeechGroupNormConvLayer
    UniSpeechLayerNormConvLayer UniSpeechNoLayerNormConvLayer UniSpeechSatEncoderLayerStableLayerNorm
    UniSpeechSatGroupNormConvLayer UniSpeechSatLayerNormConvLayer UniSpeechSatNoLayerNormConvLayer UnlimitedOcrSamVisionLayer
    VJEPA2Layer VJEPA2PoolerCrossAttentionLayer VJEPA2PoolerSelfAttentionLayer ViTLayer ViTMAELayer ViTMSNLayer VideoMAELayer
    VideoPrismLayer VideomtLayer ViltLayer VisualBertLayer VitDetLayer VitPoseBackboneLayer VivitLayer
    Wav2Vec2ConformerGroupNormConvLayer Wav2Vec2ConformerLayerNormConvLayer Wav2Vec2ConformerNoLayerNormConvLayer
    Wav2Vec2EncoderLayerStableLayerNorm Wav2Vec2GroupNormConvLayer Wav2Vec2LayerNormConvLayer Wav2Vec2NoLayerNormConvLayer
    WavLMEncoderLayerStableLayerNorm WavLMGroupNormConvLayer WavLMLayerNormConvLayer WavLMNoLayerNormConvLayer XLMRobertaLayer
    XLMRobertaXLLayer XmodLayer YolosLayer YosoLayer Zamba2HybridLayer ZambaHybridLayer
    """)
}
