#include "lib/backup/bzip2.h"

#include <bzlib.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>

namespace postrider {

namespace {

constexpr int block_size = 9;  // times 100 KB: as the program's default
constexpr std::size_t room_at_first = std::size_t{1} << 20;

struct Ended {
    void operator()(bz_stream* stream) const { BZ2_bzDecompressEnd(stream); }
};

}  // namespace

std::string bzip2_compressed(std::string_view plain) {
    // As much as its manual says that it may take.
    std::string compressed(plain.size() + plain.size() / 100 + 600, '\0');
    if (compressed.size() > std::numeric_limits<unsigned>::max())
        throw std::length_error("too large to be compressed at once");
    auto size = static_cast<unsigned>(compressed.size());
    // It takes its input as char*, and does not write there.
    const int result = BZ2_bzBuffToBuffCompress(compressed.data(), &size, const_cast<char*>(plain.data()),
                                                static_cast<unsigned>(plain.size()), block_size, 0, 0);
    if (result != BZ_OK) throw std::runtime_error("bzip2 cannot compress: " + std::to_string(result));
    compressed.resize(size);
    return compressed;
}

std::optional<std::string> bzip2_expanded(std::string_view compressed, std::size_t size_max) {
    bz_stream state{};
    if (BZ2_bzDecompressInit(&state, 0, 0) != BZ_OK) throw std::runtime_error("bzip2 cannot begin");
    const std::unique_ptr<bz_stream, Ended> stream(&state);
    stream->next_in = const_cast<char*>(compressed.data());
    stream->avail_in = static_cast<unsigned>(compressed.size());
    std::string plain(std::min(size_max + 1, std::max(room_at_first, compressed.size() * 4)), '\0');
    std::size_t filled = 0;
    for (;;) {
        stream->next_out = plain.data() + filled;
        stream->avail_out = static_cast<unsigned>(plain.size() - filled);
        const int result = BZ2_bzDecompress(stream.get());
        filled = plain.size() - stream->avail_out;
        if (filled > size_max) return std::nullopt;
        if (result == BZ_STREAM_END) break;
        // Room that is left, and no end: it was cut short.
        if (result != BZ_OK || stream->avail_out > 0) return std::nullopt;
        plain.resize(std::min(size_max + 1, plain.size() * 2));
    }
    if (stream->avail_in > 0) return std::nullopt;
    plain.resize(filled);
    return plain;
}

}  // namespace postrider
