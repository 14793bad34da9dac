"""Compares models that transformers builds of odd configurations with what memfit says of the config.json.

    pip install torch transformers
    swift build
    python Validation/transformers_configurations.py [all] [Llama Gemma2 …]

For each case: parameters, buffers, names, shapes, and for decoders the elements of the cache after 8
tokens. `all` adds the other heads of a family. Made with transformers 5.23.0.
"""
import json, os, subprocess, sys, tempfile, traceback
import torch, transformers as t
B=os.path.join(os.path.dirname(__file__),'..','.build','debug','memfit')
S=dict(vocab_size=97,hidden_size=48,intermediate_size=80,num_hidden_layers=3,num_attention_heads=4)
def gqa(**k): return dict(S,num_key_value_heads=2,**k)
CASES=[
 ('Llama',gqa(head_dim=20,mlp_bias=True)),('Llama',dict(S,tie_word_embeddings=True,rope_scaling={"rope_type":"linear","factor":2.0})),
 ('Mistral',gqa(sliding_window=None)),('Mistral',gqa(head_dim=16,sliding_window=4)),
 ('Mixtral',gqa(num_local_experts=3,sliding_window=5)),
 ('Qwen2',gqa(use_sliding_window=True,max_window_layers=1,sliding_window=6,tie_word_embeddings=True)),
 ('Qwen3',gqa(head_dim=24,attention_bias=True)),
 ('Qwen2Moe',gqa(num_experts=5,moe_intermediate_size=12,shared_expert_intermediate_size=20,decoder_sparse_step=2)),
 ('Qwen3Moe',gqa(num_experts=5,moe_intermediate_size=12,mlp_only_layers=[1],head_dim=14)),
 ('Gemma',gqa(head_dim=16)),('Gemma2',gqa(head_dim=16)),('Gemma3Text',gqa(head_dim=16,sliding_window_pattern=2,sliding_window=4)),
 ('Gemma3Text',gqa(head_dim=16,num_hidden_layers=7)),
 ('Phi',gqa(qk_layernorm=True)),('Phi',dict(S,partial_rotary_factor=0.4)),('Phi3',gqa(sliding_window=7,pad_token_id=0)),
 ('Falcon',dict(S,num_attention_heads=4,alibi=True,bias=True)),('Falcon',dict(S,new_decoder_architecture=True,num_kv_heads=2)),
 ('Falcon',dict(S,parallel_attn=False,multi_query=False)),('Falcon',dict(S,new_decoder_architecture=True,num_ln_in_parallel_attn=1,num_kv_heads=2)),
 ('GPTNeoX',dict(S,use_parallel_residual=False,attention_bias=False)),('GPTNeoX',dict(S,rotary_pct=0.5,tie_word_embeddings=True)),
 ('GPT2',dict(vocab_size=97,n_embd=48,n_layer=2,n_head=3,n_inner=70,n_positions=40)),
 ('GPTJ',dict(vocab_size=97,n_embd=48,n_layer=2,n_head=3,n_positions=40,rotary_dim=8)),
 ('CodeGen',dict(vocab_size=97,n_embd=48,n_layer=2,n_head=4,n_positions=40,rotary_dim=None)),
 ('GPTNeo',dict(vocab_size=97,hidden_size=48,num_layers=2,num_heads=3,max_position_embeddings=40,attention_types=[[["global","local"],1]])),
 ('GPTBigCode',dict(vocab_size=97,n_embd=48,n_layer=2,n_head=3,n_positions=40)),('GPTBigCode',dict(vocab_size=97,n_embd=48,n_layer=2,n_head=3,n_positions=40,multi_query=False)),
 ('OPT',dict(vocab_size=97,hidden_size=48,num_hidden_layers=2,ffn_dim=60,num_attention_heads=3,word_embed_proj_dim=20,do_layer_norm_before=False)),
 ('OPT',dict(vocab_size=97,hidden_size=48,num_hidden_layers=2,ffn_dim=60,num_attention_heads=3,enable_bias=False,layer_norm_elementwise_affine=False)),
 ('Bloom',dict(vocab_size=97,hidden_size=48,n_layer=3,n_head=4)),('Mpt',dict(vocab_size=97,d_model=48,n_layers=2,n_heads=4)),
 ('StableLm',gqa(use_qkv_bias=True,qk_layernorm=True)),('StableLm',gqa(use_parallel_residual=True)),
 ('Starcoder2',gqa(use_bias=False,sliding_window=9)),('Olmo',gqa()),('Olmo2',gqa()),('Olmo3',gqa(num_hidden_layers=5)),
 ('Olmoe',gqa(num_experts=5)),('Cohere',gqa(use_qk_norm=True)),('Cohere2',gqa(num_hidden_layers=5)),
 ('GptOss',gqa(num_local_experts=3,head_dim=16)),('Glm',gqa(head_dim=16,pad_token_id=0)),('Glm4',gqa(head_dim=16,pad_token_id=0)),
 ('Glm4Moe',gqa(n_routed_experts=4,moe_intermediate_size=12,use_qk_norm=True,attention_bias=True)),
 ('Granite',gqa(mlp_bias=True,attention_bias=True)),('GraniteMoe',gqa(num_local_experts=3)),('SmolLM3',gqa(pad_token_id=0,num_hidden_layers=5)),
 ('DeepseekV2',dict(S,n_routed_experts=4,moe_intermediate_size=12,q_lora_rank=None,kv_lora_rank=10,qk_rope_head_dim=4,qk_nope_head_dim=6,v_head_dim=7,first_k_dense_replace=1,num_experts_per_tok=2)),
 ('DeepseekV3',dict(S,n_routed_experts=4,moe_intermediate_size=12,q_lora_rank=None,kv_lora_rank=10,qk_rope_head_dim=4,qk_nope_head_dim=6,v_head_dim=7,n_group=1,topk_group=1,attention_bias=True)),
 ('MiniCPM3',dict(S,q_lora_rank=12,kv_lora_rank=10,qk_rope_head_dim=4,qk_nope_head_dim=6,v_head_dim=7)),
 ('Mamba',dict(vocab_size=97,hidden_size=48,num_hidden_layers=2,use_bias=True,state_size=5,time_step_rank=7)),
 ('FalconMamba',dict(vocab_size=97,hidden_size=48,num_hidden_layers=2)),
]
HEADS=['ForCausalLM','LMHeadModel','Model','ForSequenceClassification','ForTokenClassification','ForQuestionAnswering']
def shapes(model):
    d={k:list(v.shape) for k,v in model.state_dict().items()}
    return d
def run(name,kw,only=None):
    cfgname=name+'Config'
    C=getattr(t,cfgname)
    stem=name.replace('Text','')
    for h in HEADS:
        cls=getattr(t,stem+h,None) or (getattr(t,name+h,None))
        if cls is None: continue
        if h!='ForCausalLM' and h!='LMHeadModel' and only!='all': continue
        try:
            cfg=C(**kw)
            with torch.device('meta'): m=cls(cfg)
            m.tie_weights()
        except Exception as e:
            print('SKIP',name,h,str(e)[:120]); continue
        cfg.architectures=[cls.__name__]
        for style in ('diff','full'):
            doc=cfg.to_diff_dict() if style=='diff' else cfg.to_dict()
            doc['model_type']=cfg.model_type
            f=os.path.join(tempfile.gettempdir(),'memfit_case.json')
            json.dump(doc,open(f,'w'),default=str)
            p=subprocess.run([B,'run',f,'--format','json','--values','--sequence','8'],capture_output=True,text=True)
            q=subprocess.run([B,'store',f,'--format','json'],capture_output=True,text=True)
            if p.returncode or q.returncode:
                print('ERR',name,h,style,(p.stderr or q.stderr).strip().split('\n')[0][-160:]); continue
            J=json.loads(q.stdout)['store']; R=json.loads(p.stdout)
            V={v['name']:v['shape'] for v in R['graph']['values']}
            want=shapes(m); bufs=dict(m.named_buffers())
            np_=sum(x.numel() for x in m.parameters()); nb=sum(x.numel() for x in bufs.values())
            errs=[]
            if J['parameters']['count']!=np_: errs.append(('params',J['parameters']['count'],np_))
            if J['state']['count']!=nb: errs.append(('buffers',J['state']['count'],nb))
            params=dict(m.named_parameters())
            for k,v in params.items():
                if V.get(k)!=list(v.shape): errs.append((k,V.get(k),list(v.shape)))
            for k,v in bufs.items():
                if V.get(k)!=list(v.shape): errs.append((k,V.get(k),list(v.shape)))
            c=R['run'].get('cache')
            if h in('ForCausalLM','LMHeadModel') and style=='diff':
                try:
                    with torch.no_grad():
                        out=m(input_ids=torch.zeros(1,8,dtype=torch.long,device='meta'),use_cache=True)
                    got=[]
                    for l in out.past_key_values.layers:
                        got.append([list(x.shape) for x in (getattr(l,'keys',None),getattr(l,'values',None)) if x is not None])
                    p8=subprocess.run([B,'run',f,'--format','json','--sequence','8','--context','8'],capture_output=True,text=True)
                    c8=json.loads(p8.stdout)['run']['cache']
                    mine=[]
                    for g in c8['layers']:
                        mine+= [[x['shape'] for x in g['tensors'] if x['name'] in('keys','values')]]*g['layers']
                    tot=lambda L: sum(__import__('math').prod(s) for l in L for s in l)
                    if tot(got)!=tot(mine): errs.append(('cache',mine[:2],got[:3]))
                except Exception as e: errs_note=str(e)[:100]; print('   nocache',name,errs_note)
            print('ok ' if not errs else 'BAD',name,h,style,errs[:5])
sel=sys.argv[1:]
for n,k in CASES:
    if sel and sel[0]!='all' and not any(s.lower()==n.lower() for s in sel): continue
    try: run(n,k,'all' if 'all' in sel else None)
    except Exception: traceback.print_exc()
