/// Models whose layers are given all by name but what they go on with, as in `layer(x, attention_mask=mask)`.
///
/// Autograd keeps what a layer that is computed again is given by position; a file holds the first line of such a call at most.
/// Source: calls of subclasses of `GradientCheckpointingLayer`, transformers 5.23.
enum NamedLayerInputs {
  private static let files: Set = [
    "modeling_autoformer.py", "modeling_bark.py", "modeling_beit.py", "modeling_big_bird.py",
    "modeling_biogpt.py", "modeling_bloom.py", "modeling_bros.py", "modeling_clipseg.py",
    "modeling_codegen.py", "modeling_data2vec_audio.py", "modeling_gpt_bigcode.py",
    "modeling_gpt_neo.py", "modeling_gptj.py", "modeling_hubert.py", "modeling_idefics.py",
    "modeling_jamba.py", "modeling_kosmos2_5.py", "modeling_longformer.py", "modeling_moshi.py",
    "modeling_mpt.py", "modeling_musicgen_melody.py", "modeling_opt.py", "modeling_sew.py",
    "modeling_unispeech.py", "modeling_unispeech_sat.py", "modeling_vjepa2.py",
    "modeling_wav2vec2.py", "modeling_wav2vec2_bert.py", "modeling_wavlm.py",
  ]

  /// Models whose layers are given the positions of tokens to one another by name, and a mask by position.
  private static let filesOfPlaces: Set = ["modeling_deberta.py", "modeling_deberta_v2.py"]

  /// Whether a program of transformers is of a model whose layers are given by name what else gives gradients.
  static func arePlacesIn(_ ran: Set<String>) -> Bool { !filesOfPlaces.isDisjoint(with: ran) }

  /// Whether a program of transformers is of such a model, by the files that its nodes ran in.
  static func areIn(_ ran: Set<String>) -> Bool { !files.isDisjoint(with: ran) }
}
