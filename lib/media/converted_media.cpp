#include "lib/media/converted_media.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace postrider {

namespace {

struct Located {
    MediaFile file;
    std::string key;
};

/// The file as it is now, and how what is made of it is known again.
boost::system::result<Located, MediaFault> locate(const MediaRoot& root, const Media& media,
                                                  const MediaForm& form) {
    auto file = root.find(media);
    if (!file) return file.error();
    std::error_code error;
    const auto changed = std::filesystem::last_write_time(file->path, error);
    if (error) return MediaFault{"its file cannot be looked up: " + error.message(), true};
    std::string key = fmt::format("{}\n{}\n{} {} {}", file->path, bare_type(file->content_type), file->bytes,
                                  changed.time_since_epoch().count(), form.bytes_max);
    key += form.content_type;
    return Located{std::move(*file), std::move(key)};
}

bool is_made_into(const std::string& from, const std::string& to) {
    const auto types = types_from(from);
    return std::find(types.begin(), types.end(), to) != types.end();
}

}  // namespace

Task<Conversion> ConvertedMedia::find(Media media, MediaForm form) {
    if (!is_made_into(media.content_type, form.content_type)) co_return MediaFault{"nothing is made of it"};
    const auto look = [&root = root_, media, form] { return locate(root, media, form); };
    const auto located = co_await files_.run(look);
    if (!located) co_return located.error();
    auto known = cache_.find(located->key);
    if (known) co_return std::move(*known);
    const auto work = [this, located, form] { return convert(located->file, form, located->key); };
    auto made = co_await converting_.run(work);
    co_return made;
}

/// On the thread that converts.
Conversion ConvertedMedia::convert(const MediaFile& file, const MediaForm& form, const std::string& key) {
    if (auto meanwhile = cache_.find(key)) return std::move(*meanwhile);
    auto bytes = converter_.convert(file, form);
    Conversion made = bytes ? Conversion(std::make_shared<const std::string>(std::move(*bytes)))
                            : Conversion(bytes.error());
    cache_.keep(key, made);
    return made;
}

}  // namespace postrider
