"""The families and the odd configurations of each: module, configuration class, values."""

S = dict(vocab_size=97, hidden_size=48, intermediate_size=80, num_hidden_layers=2, num_attention_heads=4,
         max_position_embeddings=40)
BERT = [{}, dict(S, type_vocab_size=3, num_labels=5), dict(S, tie_word_embeddings=False, num_labels=1),
        dict(S, is_decoder=True, add_cross_attention=True, hidden_act="relu")]
NARROW = BERT + [dict(S, embedding_size=24), dict(S, embedding_size=48)]
T5 = dict(vocab_size=97, d_model=48, d_kv=10, d_ff=60, num_layers=2, num_decoder_layers=3, num_heads=3,
          relative_attention_num_buckets=8)
SWITCH = dict(vocab_size=97, d_model=48, d_kv=10, d_ff=60, num_layers=4, num_decoder_layers=4, num_heads=3, num_experts=3)
BART = dict(vocab_size=97, d_model=48, encoder_layers=2, decoder_layers=3, encoder_ffn_dim=60, decoder_ffn_dim=70,
            encoder_attention_heads=4, decoder_attention_heads=3, max_position_embeddings=40)
LED = dict(vocab_size=97, d_model=48, encoder_layers=2, decoder_layers=3, encoder_ffn_dim=60, decoder_ffn_dim=70,
           encoder_attention_heads=4, decoder_attention_heads=3, max_encoder_position_embeddings=64,
           max_decoder_position_embeddings=40, attention_window=8)
PROPHET = dict(vocab_size=97, hidden_size=48, num_encoder_layers=2, num_decoder_layers=3, num_encoder_attention_heads=4,
               num_decoder_attention_heads=3, encoder_ffn_dim=60, decoder_ffn_dim=70, max_position_embeddings=40,
               num_buckets=8)
WAVE = dict(vocab_size=30, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=60,
            conv_dim=[16, 16, 16], conv_stride=[5, 2, 2], conv_kernel=[10, 3, 3], num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=4, classifier_proj_size=14, tdnn_dim=[12, 12, 20], tdnn_kernel=[5, 3, 1],
            tdnn_dilation=[1, 2, 1], xvector_output_dim=18)
WAV = [{}, WAVE, dict(WAVE, use_weighted_layer_sum=True, conv_bias=True, num_labels=5)]
GPT2 = dict(vocab_size=97, n_embd=48, n_layer=2, n_head=3, n_inner=70, n_positions=40)
CASES = {
    "bert": ("bert.modeling_bert", "BertConfig", BERT),
    "roberta": ("roberta.modeling_roberta", "RobertaConfig", BERT),
    "xlm-roberta": ("xlm_roberta.modeling_xlm_roberta", "XLMRobertaConfig", BERT),
    "camembert": ("camembert.modeling_camembert", "CamembertConfig", BERT),
    "distilbert": ("distilbert.modeling_distilbert", "DistilBertConfig", [
        {}, dict(vocab_size=97, dim=48, hidden_dim=70, n_layers=2, n_heads=3, sinusoidal_pos_embds=True),
        dict(vocab_size=97, dim=48, hidden_dim=70, n_layers=2, n_heads=3, tie_word_embeddings=False),
        dict(vocab_size=97, dim=48, hidden_dim=70, n_layers=2, n_heads=3, num_labels=7)]),
    "electra": ("electra.modeling_electra", "ElectraConfig", NARROW + [
        dict(S, summary_use_proj=False)]),
    "albert": ("albert.modeling_albert", "AlbertConfig", [
        {}, dict(S, embedding_size=24, num_hidden_layers=4, num_hidden_groups=2, inner_group_num=2),
        dict(S, embedding_size=48, num_labels=4), dict(S, tie_word_embeddings=False)]),
    "deberta": ("deberta.modeling_deberta", "DebertaConfig", [
        {}, dict(S, relative_attention=True, pos_att_type=["c2p", "p2c"], position_biased_input=False),
        dict(S, relative_attention=True, pos_att_type="c2p", talking_head=True, legacy=False),
        dict(S, relative_attention=True, max_relative_positions=20, pos_att_type=["p2c"], type_vocab_size=2, num_labels=4),
        dict(S, tie_word_embeddings=False),
        dict(S, legacy=False, tie_word_embeddings=False)]),
    "deberta-v2": ("deberta_v2.modeling_deberta_v2", "DebertaV2Config", [
        {}, dict(S, relative_attention=True, pos_att_type=["c2p", "p2c"], position_biased_input=False),
        dict(S, relative_attention=True, pos_att_type="c2p|p2c", share_att_key=True, norm_rel_ebd="layer_norm", position_buckets=16, conv_kernel_size=3, conv_act="gelu"),
        dict(S, relative_attention=True, pos_att_type="p2c", position_buckets=8, type_vocab_size=2, num_labels=4, legacy=False),
        dict(S, tie_word_embeddings=False),
        dict(S, legacy=False, tie_word_embeddings=False)]),
    "modernbert": ("modernbert.modeling_modernbert", "ModernBertConfig", [
        {}, dict(S, num_hidden_layers=4, pad_token_id=0),
        dict(S, pad_token_id=0, attention_bias=True, mlp_bias=True, norm_bias=True, decoder_bias=False, classifier_bias=True, num_labels=3),
        dict(S, pad_token_id=0, tie_word_embeddings=False, global_attn_every_n_layers=1), dict(S, pad_token_id=0, num_hidden_layers=1)]),
    "mpnet": ("mpnet.modeling_mpnet", "MPNetConfig", [{}, dict(S, relative_attention_num_buckets=8, num_labels=3), dict(S, tie_word_embeddings=False)]),
    "xlnet": ("xlnet.modeling_xlnet", "XLNetConfig", [
        {}, dict(vocab_size=97, d_model=48, n_layer=2, n_head=4, d_inner=60, num_labels=3),
        dict(vocab_size=97, d_model=48, n_layer=2, n_head=3, d_inner=60, tie_word_embeddings=False, summary_use_proj=False, start_n_top=2)]),
    "ernie": ("ernie.modeling_ernie", "ErnieConfig", BERT + [dict(S, use_task_id=True, task_type_vocab_size=4)]),
    "squeezebert": ("squeezebert.modeling_squeezebert", "SqueezeBertConfig", [
        {}, dict(S, embedding_size=48, q_groups=2, k_groups=2, v_groups=2, post_attention_groups=1, intermediate_groups=2, output_groups=2, num_labels=3),
        dict(S, embedding_size=48, tie_word_embeddings=False)]),
    "mobilebert": ("mobilebert.modeling_mobilebert", "MobileBertConfig", [
        {}, dict(S, embedding_size=24, true_hidden_size=16, intra_bottleneck_size=16, use_bottleneck=True, num_feedforward_networks=1, num_labels=3),
        dict(S, embedding_size=24, intra_bottleneck_size=16, trigram_input=False, use_bottleneck_attention=True, key_query_shared_bottleneck=False, normalization_type="layer_norm", classifier_activation=False),
        dict(S, use_bottleneck=False, embedding_size=24, num_feedforward_networks=2, tie_word_embeddings=False),
        dict(S, embedding_size=24, intra_bottleneck_size=16, key_query_shared_bottleneck=False)]),
    "longformer": ("longformer.modeling_longformer", "LongformerConfig", [{}, dict(S, attention_window=[4, 4], num_labels=3), dict(S, tie_word_embeddings=False)]),
    "big_bird": ("big_bird.modeling_big_bird", "BigBirdConfig", [{}, dict(S, num_labels=3, use_bias=False, attention_type="original_full"), dict(S, tie_word_embeddings=False), dict(S, is_decoder=True, add_cross_attention=True, attention_type="original_full")]),
    "nomic_bert": ("nomic_bert.modeling_nomic_bert", "NomicBertConfig", [{}, dict(S, num_labels=3), dict(S, tie_word_embeddings=False, type_vocab_size=4)]),
    "roformer": ("roformer.modeling_roformer", "RoFormerConfig", [{}, dict(S, embedding_size=24, rotary_value=True, num_labels=3), dict(S, tie_word_embeddings=False), dict(S, is_decoder=True, add_cross_attention=True)]),
    "funnel": ("funnel.modeling_funnel", "FunnelConfig", [{}, dict(vocab_size=97, d_model=48, n_head=4, d_head=10, d_inner=60, block_sizes=[2, 1], num_decoder_layers=1, num_labels=3),
        dict(vocab_size=97, d_model=48, n_head=4, d_head=10, d_inner=60, block_sizes=[1, 1], block_repeats=[1, 2], tie_word_embeddings=False)]),

    # MARK: Encoder-decoders
    "t5": ("t5.modeling_t5", "T5Config", [{}, T5, dict(T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False, num_labels=4)]),
    "mt5": ("mt5.modeling_mt5", "MT5Config", [{}, T5, dict(T5, feed_forward_proj="gated-silu", tie_word_embeddings=False)]),
    "umt5": ("umt5.modeling_umt5", "UMT5Config", [{}, T5, dict(T5, feed_forward_proj="relu")]),
    "longt5": ("longt5.modeling_longt5", "LongT5Config", [{}, T5, dict(T5, encoder_attention_type="transient-global", feed_forward_proj="gated-gelu")]),
    "switch_transformers": ("switch_transformers.modeling_switch_transformers", "SwitchTransformersConfig", [
        {}, dict(SWITCH, num_sparse_encoder_layers=2, num_sparse_decoder_layers=1, router_bias=True),
        dict(SWITCH, num_sparse_encoder_layers=4, num_sparse_decoder_layers=0)]),
    "bart": ("bart.modeling_bart", "BartConfig", [{}, BART, dict(BART, scale_embedding=True, tie_word_embeddings=False, num_labels=5)]),
    "mbart": ("mbart.modeling_mbart", "MBartConfig", [{}, BART, dict(BART, tie_word_embeddings=False, num_labels=5)]),
    "pegasus": ("pegasus.modeling_pegasus", "PegasusConfig", [{}, BART, dict(BART, tie_word_embeddings=False)]),
    "marian": ("marian.modeling_marian", "MarianConfig", [
        {}, dict(BART, pad_token_id=3), dict(BART, pad_token_id=3, tie_word_embeddings=False),
        dict(BART, pad_token_id=3, share_encoder_decoder_embeddings=False, decoder_vocab_size=70, tie_word_embeddings=False),
        dict(BART, pad_token_id=3, share_encoder_decoder_embeddings=False, decoder_vocab_size=70)]),
    "blenderbot": ("blenderbot.modeling_blenderbot", "BlenderbotConfig", [{}, BART, dict(BART, tie_word_embeddings=False)]),
    "blenderbot-small": ("blenderbot_small.modeling_blenderbot_small", "BlenderbotSmallConfig", [{}, BART, dict(BART, tie_word_embeddings=False)]),
    "m2m_100": ("m2m_100.modeling_m2m_100", "M2M100Config", [{}, BART, dict(BART, tie_word_embeddings=False)]),
    "nllb-moe": ("nllb_moe.modeling_nllb_moe", "NllbMoeConfig", [
        dict(BART, num_experts=3, encoder_sparse_step=2, decoder_sparse_step=1), dict(BART, num_experts=4, encoder_sparse_step=0, decoder_sparse_step=2, router_bias=True)]),
    "plbart": ("plbart.modeling_plbart", "PLBartConfig", [{}, BART, dict(BART, tie_word_embeddings=False, num_labels=4)]),
    "prophetnet": ("prophetnet.modeling_prophetnet", "ProphetNetConfig", [{}, PROPHET, dict(PROPHET, tie_word_embeddings=False, disable_ngram_loss=True, ngram=3)]),
    "led": ("led.modeling_led", "LEDConfig", [{}, LED, dict(LED, tie_word_embeddings=False, num_labels=4)]),
    "bigbird_pegasus": ("bigbird_pegasus.modeling_bigbird_pegasus", "BigBirdPegasusConfig", [{}, BART, dict(BART, use_bias=True, tie_word_embeddings=False)]),

    # MARK: Speech
    "whisper": ("whisper.modeling_whisper", "WhisperConfig", [
        {}, dict(BART, num_mel_bins=20, max_source_positions=30, max_target_positions=24, pad_token_id=0, num_labels=3, classifier_proj_size=14),
        dict(BART, num_mel_bins=20, pad_token_id=0, tie_word_embeddings=False, use_weighted_layer_sum=True)]),
    "wav2vec2": ("wav2vec2.modeling_wav2vec2", "Wav2Vec2Config", WAV + [dict(WAVE, do_stable_layer_norm=True, feat_extract_norm="layer", adapter_attn_dim=8), dict(WAVE, add_adapter=True, output_hidden_size=24, num_adapter_layers=2), dict(WAVE, num_codevectors_per_group=6, codevector_dim=12, proj_codevector_dim=10)]),
    "hubert": ("hubert.modeling_hubert", "HubertConfig", WAV + [dict(WAVE, feat_proj_layer_norm=False, conv_pos_batch_norm=True), dict(WAVE, do_stable_layer_norm=True, feat_extract_norm="layer")]),
    "wavlm": ("wavlm.modeling_wavlm", "WavLMConfig", WAV + [dict(WAVE, do_stable_layer_norm=True, num_buckets=16, max_bucket_distance=20)]),
    "unispeech": ("unispeech.modeling_unispeech", "UniSpeechConfig", WAV + [dict(WAVE, do_stable_layer_norm=True, feat_extract_norm="layer")]),
    "unispeech-sat": ("unispeech_sat.modeling_unispeech_sat", "UniSpeechSatConfig", WAV + [dict(WAVE, do_stable_layer_norm=True, feat_extract_norm="layer")]),
    "sew": ("sew.modeling_sew", "SEWConfig", WAV + [dict(WAVE, squeeze_factor=3, feat_extract_norm="layer")]),
    "sew-d": ("sew_d.modeling_sew_d", "SEWDConfig", [{}]),
    "data2vec-audio": ("data2vec.modeling_data2vec_audio", "Data2VecAudioConfig", WAV + [dict(WAVE, num_conv_pos_embeddings=3, conv_pos_kernel_size=7), dict(WAVE, add_adapter=True, output_hidden_size=24)]),
    "data2vec-text": ("data2vec.modeling_data2vec_text", "Data2VecTextConfig", BERT),
    "speech_to_text": ("speech_to_text.modeling_speech_to_text", "Speech2TextConfig", [{}, dict(BART, conv_channels=30, input_feat_per_channel=12), dict(BART, num_conv_layers=3, conv_kernel_sizes=[3, 5, 3], tie_word_embeddings=False)]),
    "gpt2": ("gpt2.modeling_gpt2", "GPT2Config", [
        {}, dict(GPT2, num_labels=3), dict(GPT2, tie_word_embeddings=False, summary_proj_to_labels=False),
        dict(GPT2, summary_use_proj=False), dict(GPT2, add_cross_attention=True)]),
}
