#include "lib/backup/backup_error.h"
#include "lib/backup/bzip2.h"
#include "lib/backup/tar.h"
#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

/// What `postrider restore -` reads of it before a key says that it is ours.
POSTRIDER_FUZZ(backup_stream) {
    std::string_view rest = bytes;
    const auto in = [&] {
        const std::string_view next = rest.substr(0, 512);
        rest.remove_prefix(next.size());
        return next;
    };
    try {
        TarReader tar(in);
        std::size_t total = 0;
        for (TarReader::File file; tar.next(file);) {
            std::uint64_t size = 0;
            for (std::string_view part = tar.read(); !part.empty(); part = tar.read()) size += part.size();
            must_hold(size == file.size, "a file has the size that it was said to have");
            total += size;
            // A sparse file may say that it is large, and be nothing.
            if (total > bytes.size()) return;
        }
    } catch (const BackupError&) {
        // It is none.
    }
    const auto plain = bzip2_expanded(bytes, 1000000);
    if (plain)
        must_hold(bzip2_expanded(bzip2_compressed(*plain), 1000000) == plain, "it comes back as it was");
}

}  // namespace
}  // namespace postrider::testing
