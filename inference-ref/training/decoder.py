"""A small decoder of the Llama family: RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied embeddings.

Matrix products run in bfloat16 where the processor is faster with it; everything else stays in float32.
"""

import math
from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional


QUERY_BLOCK = 128  # causal: a block never touches the keys behind it, and its scores stay in the cache


@dataclass
class Shape:
    vocab_size: int = 4096
    hidden_size: int = 256
    num_hidden_layers: int = 4
    num_attention_heads: int = 8
    num_key_value_heads: int = 2
    head_dim: int = 32
    intermediate_size: int = 704
    rope_theta: float = 10000.0
    rms_norm_eps: float = 1e-5
    max_position_embeddings: int = 1024

    def config(self) -> dict:
        """config.json as Llama checkpoints have it."""
        fixed = {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "hidden_act": "silu",
            "rope_scaling": None,
            "tie_word_embeddings": True,
            "attention_bias": False,
            "bos_token_id": 0,
            "eos_token_id": 1,
        }
        return fixed | asdict(self)


class Product(nn.Module):
    """y = x W^T, in bfloat16 when asked."""

    def __init__(self, inputs: int, outputs: int, std: float):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * std)

    def forward(self, x: torch.Tensor, low: bool) -> torch.Tensor:
        return product(x, self.weight, low)


def product(x: torch.Tensor, weight: torch.Tensor, low: bool) -> torch.Tensor:
    if low:
        return functional.linear(x.bfloat16(), weight.bfloat16()).float()
    return functional.linear(x, weight)


class RmsNorm(nn.Module):
    def __init__(self, size: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class RowDropout(nn.Module):
    """Drops the same channels at every position of a row: as good against memorising, and far fewer random numbers."""

    share = 0.1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        kept = torch.rand(x.shape[0], 1, x.shape[2]) >= self.share
        return x * (kept / (1 - self.share))


def rotary_tables(shape: Shape) -> tuple[torch.Tensor, torch.Tensor]:
    half = torch.arange(0, shape.head_dim, 2, dtype=torch.float64) / shape.head_dim
    angles = torch.outer(torch.arange(shape.max_position_embeddings).double(), shape.rope_theta**-half)
    return angles.cos().float(), angles.sin().float()


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


class Layer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        std, deep = 0.02, 0.02 / math.sqrt(2 * shape.num_hidden_layers)
        query, cached = shape.num_attention_heads * shape.head_dim, shape.num_key_value_heads * shape.head_dim
        self.widths = [query, cached, cached]
        self.input_norm = RmsNorm(shape.hidden_size, shape.rms_norm_eps)
        self.qkv = Product(shape.hidden_size, query + 2 * cached, std)
        self.out = Product(query, shape.hidden_size, deep)
        self.mlp_norm = RmsNorm(shape.hidden_size, shape.rms_norm_eps)
        self.gate_up = Product(shape.hidden_size, 2 * shape.intermediate_size, std)
        self.down = Product(shape.intermediate_size, shape.hidden_size, deep)
        self.dropout = RowDropout()

    def forward(self, x, cos, sin, mask, low):
        x = x + self.dropout(self.attend(self.input_norm(x), cos, sin, mask, low))
        gate, up = self.gate_up(self.mlp_norm(x), low).chunk(2, dim=-1)
        return x + self.dropout(self.down(functional.silu(gate) * up, low))

    def attend(self, x, cos, sin, mask, low):
        shape = self.shape
        batch, length, _ = x.shape
        heads, groups = shape.num_attention_heads, shape.num_key_value_heads
        query, key, value = (
            part.view(batch, length, -1, shape.head_dim).transpose(1, 2)
            for part in self.qkv(x, low).split(self.widths, dim=-1)
        )
        query, key = rotate(query, cos, sin), rotate(key, cos, sin)
        # Heads of one group share a key: fold them into the length, one product a group.
        query = query.reshape(batch, groups, heads // groups, length, shape.head_dim) * shape.head_dim**-0.5
        if low:
            query, key, value = query.bfloat16(), key.bfloat16(), value.bfloat16()
        blocks = [
            attend_block(query[:, :, :, start:end], key[:, :, :end], value[:, :, :end], mask[start:end, :end])
            for start in range(0, length, QUERY_BLOCK)
            for end in [min(start + QUERY_BLOCK, length)]
        ]
        mixed = torch.cat(blocks, dim=3).view(batch, heads, length, shape.head_dim).transpose(1, 2)
        return self.out(mixed.reshape(batch, length, -1), low)


def attend_block(query, key, value, mask) -> torch.Tensor:
    """Queries of one block [B, groups, heads, S, D] over the keys [B, groups, T, D] that they may see."""
    batch, groups, heads, size, width = query.shape
    folded = query.reshape(batch, groups, heads * size, width)
    scores = (folded @ key.transpose(-1, -2)).float().view(batch, groups, heads, size, -1)
    weights = functional.softmax(scores + mask, dim=-1).view(batch, groups, heads * size, -1)
    return (weights.to(value.dtype) @ value).float().view(batch, groups, heads, size, width)


class Decoder(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Parameter(torch.randn(shape.vocab_size, shape.hidden_size) * 0.02)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.num_hidden_layers))
        self.norm = RmsNorm(shape.hidden_size, shape.rms_norm_eps)
        cos, sin = rotary_tables(shape)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, ids: torch.Tensor, low: bool = False) -> torch.Tensor:
        length = ids.shape[1]
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = functional.embedding(ids, self.embedding)
        for layer in self.layers:
            x = layer(x, self.cos[:length], self.sin[:length], mask, low)
        return product(self.norm(x), self.embedding, low)

    def named_tensors(self) -> dict[str, torch.Tensor]:
        """The weights under the names that Llama checkpoints use."""
        tensors = {"model.embed_tokens.weight": self.embedding, "model.norm.weight": self.norm.weight}
        for index, layer in enumerate(self.layers):
            prefix = f"model.layers.{index}."
            query, key, value = layer.qkv.weight.split(layer.widths)
            gate, up = layer.gate_up.weight.chunk(2)
            tensors |= {
                prefix + "input_layernorm.weight": layer.input_norm.weight,
                prefix + "self_attn.q_proj.weight": query,
                prefix + "self_attn.k_proj.weight": key,
                prefix + "self_attn.v_proj.weight": value,
                prefix + "self_attn.o_proj.weight": layer.out.weight,
                prefix + "post_attention_layernorm.weight": layer.mlp_norm.weight,
                prefix + "mlp.gate_proj.weight": gate,
                prefix + "mlp.up_proj.weight": up,
                prefix + "mlp.down_proj.weight": layer.down.weight,
            }
        return {name: tensor.detach() for name, tensor in tensors.items()}

    @torch.no_grad()
    def load_named_tensors(self, tensors: dict[str, torch.Tensor]) -> None:
        for name, target in self.named_tensors().items():
            target.copy_(tensors[name])
