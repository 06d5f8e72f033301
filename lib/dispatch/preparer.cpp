#include "lib/dispatch/preparer.h"

namespace postrider {

namespace {

bool is_template(std::string_view text) {
    return text.find("{{") != std::string_view::npos || text.find("{%") != std::string_view::npos ||
           text.find("{#") != std::string_view::npos;
}

}  // namespace

Task<Prepared> Preparer::prepare(Waiting waiting) {
    Prepared prepared;
    auto text = privacy_.open(waiting.message.text.reveal());
    prepared.refusal = find_refusal(waiting, text);
    prepared.request.destination = waiting.destination;
    prepared.request.text = Text(std::move(text.value).value_or(""));
    prepared.content_hash = privacy_.hash()("content", prepared.request.text.reveal());
    prepared.journal_destination = privacy_.seal(waiting.message.destination.reveal(), waiting.destination);
    prepared.waiting = std::move(waiting);
    co_return prepared;
}

std::optional<std::string> Preparer::find_refusal(const Waiting& waiting, const Privacy::Opened& text) const {
    if (waiting.refusal) return waiting.refusal;
    if (waiting.message.text_too_large) return "the text is larger than 1 MiB";
    if (!text.value) return "the text is encrypted and cannot be read";
    if (waiting.destination.empty()) return "the destination is empty";
    if (waiting.message.media_count > 0) return "this version of Postrider cannot send media";
    if (is_template(*text.value))
        return "this version of Postrider cannot render templates ({{ … }}, {% … %})";
    return std::nullopt;
}

}  // namespace postrider
