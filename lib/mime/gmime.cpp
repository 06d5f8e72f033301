#include "lib/mime/gmime.h"

namespace postrider::gmime {

void start() {
    static const bool started = (g_mime_init(), true);
    static_cast<void>(started);
}

std::string bytes_of(GMimePart* part) {
    GMimeDataWrapper* const content = g_mime_part_get_content(part);
    if (!content) return "";
    const Held<GMimeStream> stream(g_mime_stream_mem_new());
    g_mime_data_wrapper_write_to_stream(content, stream.get());
    const GByteArray* const array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
    return {reinterpret_cast<const char*>(array->data), array->len};
}

}  // namespace postrider::gmime
