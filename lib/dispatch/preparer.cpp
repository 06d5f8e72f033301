#include "lib/dispatch/preparer.h"

#include "lib/dispatch/result_metadata.h"
#include "lib/text/json_object.h"
#include "lib/text/links.h"
#include "lib/text/segments.h"
#include "lib/text/splitting.h"
#include "lib/text/template/template.h"
#include "lib/text/typography.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postrider {

namespace {

/// Whether a column says nothing that could be a template's values.
bool is_blank(std::string_view metadata) {
    std::string packed;
    for (const char c : metadata) {
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') packed += c;
    }
    return packed.empty() || packed == "{}" || packed == "null";
}

struct Rendered {
    std::optional<std::string> text;
    std::string fault;  ///< why there is none
};

/// A template, filled with the keys of its metadata.
Rendered render(std::string_view text, const std::optional<std::string>& metadata) {
    const boost::json::object values = parse_json_object(metadata.value_or(""));
    // With none of its values it would say something else to its recipient.
    if (values.empty() && !is_blank(metadata.value_or("")))
        return {{}, "the text is a template, and its metadata is no JSON object"};
    const auto parsed = Template::parse(text);
    if (!parsed) return {{}, "the text is a template with a fault: " + parsed.error().describe()};
    auto rendered = parsed->render(values);
    if (!rendered) return {{}, "the text is a template with a fault: " + rendered.error().describe()};
    return {std::move(*rendered), {}};
}

/// Without typography, where fewer segments say the same. Each part by itself, so that a change of the
/// setting moves no joint between parts.
void spare_segments(std::string& text, std::size_t units_max) {
    const SegmentCount before = count_segments(text);
    if (before.encoding == SmsEncoding::gsm_7) return;
    std::string plain = replace_typographic(text);
    const bool fits = !plain.empty() && count_utf16_units(plain) <= units_max;
    if (fits && count_segments(plain).segments < before.segments) std::swap(text, plain);
    wipe(plain);
}

/// What the message will have come to; a part without text carries a file.
void count_parts(const std::vector<std::string>& parts, RowValues& row) {
    for (const std::string& part : parts) {
        if (part.empty()) continue;
        const SegmentCount count = count_segments(part);
        row.segments += count.segments;
        row.unicode |= count.encoding != SmsEncoding::gsm_7;
    }
}

Foregone refused(std::string reason, TimePoint now) {
    Outcome outcome = Outcome::failed(Verdict::rejected, reason);
    outcome.metadata["error"] = std::move(reason);
    return {std::move(outcome), Disposition::given_up, now};
}

/// A request that was to be repeated under its key, after the provider has forgotten the key.
Foregone too_late_to_repeat(TimePoint now) {
    Outcome outcome = Outcome::failed(Verdict::in_doubt,
                                      "the provider may have accepted an earlier try, and recognises it no "
                                      "more: it is not sent again");
    outcome.metadata["error"] = "in doubt: " + outcome.reason;
    return {std::move(outcome), Disposition::given_up, now};
}

}  // namespace

Task<Prepared> Preparer::prepare(Waiting waiting, const Channel& channel, const Transport& transport,
                                 TimePoint now, const std::vector<Media>& media) {
    Prepared prepared;
    auto text = privacy_.open(waiting.message.text.reveal());
    auto refusal = find_refusal(waiting, text);
    if (suppressions_ && channel.opt_out != OptOutScope::off) {
        prepared.recipient = suppressed_recipient(privacy_, waiting.destination, suppressions_->region());
        if (!refusal && suppressions_->contains(*prepared.recipient, channel.name))
            refusal = "its recipient has opted out";
    }
    if (!refusal) refusal = render_in_place(waiting.message, *text.value, prepared.row);
    const bool is_medium = text.value && transport.is_medium(*text.value);
    bool links_missing = false;
    if (!refusal && links_ && !is_medium && links_->concerns(*text.value)) {
        const bool complete = co_await shorten_links(waiting.message, *text.value, prepared);
        links_missing = !complete;
    }
    prepared.request.destination = addressed(channel, waiting.destination);
    const Makings makings{waiting.destination, prepared.request.destination, is_medium};
    set_row_values(waiting, text, prepared);
    std::vector<MediaFile> files;
    if (!refusal && media.size() != static_cast<std::size_t>(waiting.message.media_count))
        refusal = "its media changed while it was prepared";  // and then the claim is refused, too
    if (!refusal) {
        auto objection = co_await find_media(media, transport, prepared, files);
        refusal = std::move(objection);
    }
    if (prepared.later) {
        prepared.waiting = std::move(waiting);
        co_return prepared;
    }
    std::vector<std::string> parts{std::move(text.value).value_or("")};
    std::string whole;  // where it goes in parts
    if (!refusal && !is_medium && parts[0].size() > transport.text_units_max()) {
        if (is_utf8(parts[0])) {
            whole = std::move(parts[0]);
            parts = split_text(whole, transport.text_units_max());
        } else {
            refusal = "the text is not valid UTF-8";
        }
    }
    // What is too many for one request goes one by one, and the text after them.
    const std::size_t together = transport.media_limits().files_max;
    const std::size_t alone = together > 0 && media.size() > together ? media.size() : 0;
    if (alone > 0) {
        if (parts.size() == 1) whole = std::exchange(parts[0], "");
        if (whole.empty()) parts.clear();
        if (parts.size() == 1) parts[0] = whole;
        parts.insert(parts.begin(), alone, "");
    }
    const int count = static_cast<int>(parts.size());
    prepared.request.parts = count;
    const int part = first_part(waiting, makings, parts);
    prepared.request.part = std::min(part, count);

    if (auto undone =
            find_undone_end(waiting, makings, parts, whole.empty() ? parts[0] : whole, links_missing)) {
        prepared.foregone = std::move(undone);
    } else if (refusal) {
        prepared.foregone = refused(std::move(*refusal), now);
    } else if (part > count) {
        // Edited down to what has been sent already.
        prepared.foregone = Foregone{Outcome::sent("", {}), Disposition::sent, now};
    } else if (const auto& repeated = waiting.message.repeated_key) {
        if (now < repeated->first_sent + transport.idempotency_window() - key_margin) {
            waiting.idempotency_key = repeated->idempotency_key;
            prepared.first_sent = repeated->first_sent;
        } else if (channel.on_doubt == OnDoubt::fail) {
            prepared.foregone = too_late_to_repeat(now);
        }
    }
    if (prepared.foregone) {
        // Nothing is sent under it, and whoever finds it open shall know: it is of no part.
        prepared.request.part = prepared.request.parts = 0;
        prepared.request.text = Text(whole.empty() ? std::move(parts[0]) : std::move(whole));
    } else {
        if (channel.typography == Typography::replace && !is_medium) {
            for (std::string& each : parts) spare_segments(each, transport.text_units_max());
        }
        // An address with a prefix is none of a text message's.
        if (!is_medium && transport.counts_segments() && channel.prefix.empty())
            count_parts(parts, prepared.row);
        prepared.request.text = Text(std::move(parts[static_cast<std::size_t>(prepared.request.part) - 1]));
        prepared.request.text_is_medium = is_medium && prepared.request.part == count;
        const auto index = static_cast<std::size_t>(prepared.request.part) - 1;
        if (index < alone) {
            prepared.request.media.push_back(std::move(files[index]));
        } else if (alone == 0 && prepared.request.part == count) {
            prepared.request.media = std::move(files);
        }
    }
    for (std::string& each : parts) wipe(each);
    wipe(whole);
    if (channel.rate_counts == RateCounts::segments && !prepared.request.text_is_medium) {
        prepared.cost = static_cast<double>(count_segments(prepared.request.text.reveal()).segments);
    }
    if (prepared.foregone) prepared.short_links.clear();  // the end brings its own
    // By it the request is found in the provider's records.
    prepared.content_hash = privacy_.content(
        prepared.request.destination, prepared.request.text_is_medium ? Text() : prepared.request.text);
    prepared.request.message = waiting.message.key;
    if (transport.tells_of_message()) {
        prepared.request.token = privacy_.token(waiting.message.key, prepared.request.part);
        prepared.request.metadata = waiting.message.transmission_metadata;
    }
    prepared.waiting = std::move(waiting);
    co_return prepared;
}

/// Fills a template, unless it is the text that one was filled to already: what a person said may look
/// like a template. Returns why it cannot be.
std::optional<std::string> Preparer::render_in_place(const OutgoingMessage& message, std::string& text,
                                                     RowValues& row) const {
    if (!Template::has_marks(text)) return std::nullopt;
    const std::string mark = rendered_mark(message.transmission_metadata);
    if (!mark.empty() && privacy_.is_marked(Text(text), mark)) {
        row.rendered = mark;
        return std::nullopt;
    }
    Rendered rendered = render(text, message.transmission_metadata);
    if (!rendered.text) return std::move(rendered.fault);
    wipe(text);
    text = std::move(*rendered.text);
    row.message = Text(text);
    row.rendered = privacy_.mark(*row.message);
    return std::nullopt;
}

/// What the row shall hold when the message has ended. With a key, nothing of what we write stays in the
/// clear, and nothing under an old key.
void Preparer::set_row_values(const Waiting& waiting, const Privacy::Opened& text, Prepared& prepared) const {
    const OutgoingMessage& message = waiting.message;
    RowValues& row = prepared.row;
    prepared.journal_destination = message.destination.reveal();
    if (!SecretBox::is_sealed(waiting.destination.reveal())) {  // else it could not be opened
        const bool sealed = SecretBox::is_sealed(message.destination.reveal()) && !waiting.old_key;
        if (privacy_.has_key() && !sealed) {
            prepared.journal_destination = privacy_.seal(waiting.destination.reveal());
            if (waiting.destination.reveal().size() <= sealed_address_max)
                row.destination = prepared.journal_destination;
        }
        // The journal has the address that the provider knows.
        if (prepared.request.destination != waiting.destination)
            prepared.journal_destination = privacy_.seal(prepared.request.destination.reveal());
        if (!message.has_lookup_key) row.lookup_key = privacy_.lookup_key_of(waiting.destination);
    }
    if (message.transmission_metadata) row.leaked = privacy_.leaks_in(*message.transmission_metadata);
    if (!text.value || message.text_too_large) return;
    const bool sealed = SecretBox::is_sealed(message.text.reveal());
    const bool changes = row.message || !sealed || text.old_key;
    if (changes && (sealed || privacy_.seals_texts())) row.message = Text(privacy_.seal(*text.value));
}

bool Preparer::may_take_long(const Waiting& waiting) const {
    if (media_ && waiting.message.media_count > 0) return true;
    if (!links_ || waiting.message.text_too_large) return false;
    auto text = privacy_.open(waiting.message.text.reveal());
    if (!text.value) return false;
    const bool may = Template::has_marks(*text.value) || links_->concerns(*text.value);
    wipe(*text.value);
    return may;
}

/// False where a link stays long because nobody can shorten it now. What an earlier try, or an earlier end,
/// was sent with is used again, so that each says the same.
Task<bool> Preparer::shorten_links(OutgoingMessage& message, std::string& text, Prepared& prepared) {
    LinkMap& links = prepared.short_links;
    boost::json::object about = parse_json_object(message.transmission_metadata.value_or(""));
    links = links_in(about, privacy_);
    links.merge(links_in(parse_json_object(message.part_metadata), privacy_));
    if (const auto& end = message.journaled_end)
        links.merge(links_in(parse_json_object(end->metadata), privacy_));
    for (const std::string& key : privacy_.leaks_in(message.transmission_metadata.value_or("")))
        about.erase(key);
    for (const char* key : {url_mappings_key, sealed_links_key, "postrider"}) about.erase(key);
    about["simple_messaging.OutgoingMessage"] = "postrider:" + std::to_string(message.key.id);
    const std::size_t known = links.size();
    const bool complete = co_await links_->look_up(text, links, about);
    const bool sealed = privacy_.seals_texts() || SecretBox::is_sealed(message.text.reveal());
    prepared.links_metadata = link_metadata(links, privacy_, sealed);
    if (links.size() > known)
        message.transmission_metadata =
            splice_metadata(message.transmission_metadata, prepared.links_metadata);
    std::string short_text = replace_links(text, links);
    if (short_text != text) {
        wipe(text);
        text = std::move(short_text);
        prepared.row.message = Text(text);
        if (!prepared.row.rendered.empty()) prepared.row.rendered = privacy_.mark(*prepared.row.message);
    }
    co_return complete;
}

/// The message's files, each as the transport would take it; or why they cannot be sent.
Task<std::optional<std::string>> Preparer::find_media(const std::vector<Media>& media,
                                                      const Transport& transport, Prepared& prepared,
                                                      std::vector<MediaFile>& files) const {
    const MediaLimits limits = transport.media_limits();
    if (media.empty()) co_return std::nullopt;
    if (limits.files_max == 0 || !media_) co_return "it has media, and its channel sends none";
    std::uintmax_t bytes = 0;
    for (std::size_t i = 0; i < media.size(); ++i) {
        auto file = co_await media_->find(media[i]);
        if (!file) {
            prepared.later = file.error().passing;
            co_return fmt::format("medium {}: {}", i + 1, file.error().what);
        }
        // What goes together shares what may go together.
        const std::uintmax_t share = limits.bytes_max / (media.size() <= limits.files_max ? media.size() : 1);
        const auto objection = co_await convert(media[i], transport, share, prepared, *file);
        if (objection) co_return fmt::format("medium {} {}", i + 1, *objection);
        bytes += file->bytes;
        files.push_back(std::move(*file));
    }
    if (files.size() <= limits.files_max && bytes > limits.bytes_max)
        co_return fmt::format("its media have {} KB, and its channel takes at most {}", bytes >> 10,
                              limits.bytes_max >> 10);
    co_return std::nullopt;
}

/// Makes `file` one that the provider takes, if it is none and can be made one. Returns what the provider would
/// have against it.
Task<std::optional<std::string>> Preparer::convert(const Media& medium, const Transport& transport,
                                                   std::uintmax_t bytes_max, Prepared& prepared,
                                                   MediaFile& file) const {
    auto objection = transport.medium_objection(file);
    if (!objection || file.url.empty() || !transport.media_limits().fetched) co_return objection;
    for (std::string& type : media_->types_from(file.content_type)) {
        const MediaFile wanted{"", type, 1, file.url};
        if (transport.medium_objection(wanted)) continue;
        MediaForm form{std::move(type), bytes_max};
        auto converted = co_await media_->convert(medium, std::move(form));
        if (!converted) {
            prepared.later = converted.error().passing;
            co_return fmt::format("{}, and it cannot be converted: {}", *objection, converted.error().what);
        }
        file = std::move(*converted);
        co_return transport.medium_objection(file);
    }
    co_return objection;
}

std::optional<std::string> Preparer::find_refusal(const Waiting& waiting, const Privacy::Opened& text) const {
    if (waiting.refusal) return waiting.refusal;
    if (waiting.message.text_too_large) return "the text is larger than 1 MiB";
    if (!text.value) return "the text is encrypted and cannot be read";
    if (waiting.destination.empty()) return "the destination is empty";
    if (privacy_.has_key() && waiting.destination.reveal().size() > sealed_address_max)
        return fmt::format("the destination is too long to be stored encrypted: {} bytes at most",
                           sealed_address_max);
    return std::nullopt;
}

/// The first that was not accepted yet. Of a message that was given up and reset, what its earlier
/// tries got accepted has arrived; unless it says something else now.
int Preparer::first_part(const Waiting& waiting, const Makings& of,
                         const std::vector<std::string>& parts) const {
    std::size_t arrived = 0;
    if (const auto& end = waiting.message.journaled_end; end && end->given_up) {
        const std::size_t known = std::min(parts.size(), end->accepted.size());
        while (arrived < known && is_content(of, parts[arrived], end->accepted[arrived])) ++arrived;
    }
    return std::max(waiting.message.next_part, static_cast<int>(arrived) + 1);
}

/// Whether `hash` is of this text, sent with or without its typography, with or without the channel's prefix:
/// the settings may have been others, and what was cancelled was sent by no channel.
bool Preparer::is_content(const Makings& of, const std::string& text, const Hash& hash) const {
    const auto is_of = [&](const Text& sent) {
        const auto is_to = [&](const Address& address) {
            const std::vector<Hash> hashes = privacy_.contents(address, sent);
            return std::find(hashes.begin(), hashes.end(), hash) != hashes.end();
        };
        return is_to(of.of_request) || (of.of_row != of.of_request && is_to(of.of_row));
    };
    return is_of(Text(text)) || is_of(Text(replace_typographic(text))) || (of.is_medium && is_of(Text()));
}

/// An end that the journal knows and the row does not, because somebody saved what he had read
/// before: it holds. Whoever reset the row on purpose saved our marker with it; a new message under
/// an old id has another send date, or says something else.
std::optional<Foregone> Preparer::find_undone_end(const Waiting& waiting, const Makings& of,
                                                  const std::vector<std::string>& parts,
                                                  const std::string& whole, bool links_missing) const {
    const auto& end = waiting.message.journaled_end;
    if (!end || marked_attempt(waiting.message.transmission_metadata) == end->attempt_id) return std::nullopt;
    if (end->send_date != waiting.message.key.send_date) return std::nullopt;
    const auto part = static_cast<std::size_t>(end->part);
    if (part > parts.size()) return std::nullopt;
    // With a link that cannot be shortened now it looks like another message; it is not sent on that ground.
    const bool comparable = !links_missing && end->content_hash != Hash{};
    if (comparable && !is_content(of, part == 0 ? whole : parts[part - 1], end->content_hash))
        return std::nullopt;
    Outcome outcome = Outcome::failed(end->verdict, end->reason);
    outcome.provider_id = end->provider_id;
    outcome.metadata = parse_json_object(end->metadata);
    return Foregone{std::move(outcome), end->given_up ? Disposition::given_up : Disposition::sent,
                    end->ended};
}

}  // namespace postrider
