#include "lib/media/file_type.h"

#include <magic.h>

#include <memory>
#include <stdexcept>

namespace postrider {

namespace {

constexpr std::size_t looked_at_max = std::size_t{256} << 10;
/// What looks into archives, programs and compound documents is left out: anybody's bytes come here.
constexpr int flags = MAGIC_MIME_TYPE | MAGIC_ERROR | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
                      MAGIC_NO_CHECK_APPTYPE | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_CSV |
                      MAGIC_NO_CHECK_JSON;

struct Close {
    void operator()(magic_set* cookie) const { magic_close(cookie); }
};

[[noreturn]] void fail(magic_set* cookie) {
    const char* const error = cookie != nullptr ? magic_error(cookie) : nullptr;
    throw std::runtime_error(std::string("libmagic cannot tell types of files: ") +
                             (error != nullptr ? error : "out of memory"));
}

}  // namespace

std::string file_type_of(std::string_view bytes) {
    // One for each call: they may not be shared between threads, and the database is only mapped.
    const std::unique_ptr<magic_set, Close> cookie(magic_open(flags));
    if (!cookie || magic_load(cookie.get(), nullptr) != 0) fail(cookie.get());
    bytes = bytes.substr(0, looked_at_max);
    const char* const type = magic_buffer(cookie.get(), bytes.data(), bytes.size());
    if (type == nullptr) fail(cookie.get());
    return type;
}

}  // namespace postrider
