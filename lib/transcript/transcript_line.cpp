#include "lib/transcript/transcript_line.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace postrider {

namespace {

constexpr std::array<std::string_view, 7> columns{"Sender",
                                                  "Recipient",
                                                  "Timestamp",
                                                  "Direction",
                                                  "Message",
                                                  "Error",
                                                  "Simple Messaging Switchboard: Channel"};
constexpr std::string_view we = "System";
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view no_fraction = ".000000";

std::string_view direction_of(const TranscriptEntry& entry) {
    return entry.incoming ? "to-system" : "to-recipient";
}

/// In quotes only where that is needed to read it again.
void add_field(std::string& line, char separator, std::string_view field) {
    if (!line.empty()) line += separator;
    const std::array<char, 4> special{separator, '"', '\r', '\n'};
    if (field.find_first_of(std::string_view(special.data(), special.size())) == std::string_view::npos) {
        line += field;
        return;
    }
    line += '"';
    for (const char c : field) {
        if (c == '"') line += '"';
        line += c;
    }
    line += '"';
}

template <class Fields>
std::string separated(char separator, const Fields& fields) {
    std::string line;
    for (const std::string_view field : fields) add_field(line, separator, field);
    return line + "\r\n";
}

/// What was sent is on one line, as the Django package writes it.
std::string on_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
    return text;
}

std::string json_line(const TranscriptEntry& entry) {
    const boost::json::string person(entry.address);
    const boost::json::string system(we);
    const boost::json::object line{{"sender", entry.incoming ? person : system},
                                   {"recipient", entry.incoming ? system : person},
                                   {"timestamp", entry.timestamp},
                                   {"direction", direction_of(entry)},
                                   {"message", entry.message},
                                   {"error", entry.errored},
                                   {"channel", entry.channel ? boost::json::value(*entry.channel) : nullptr}};
    return boost::json::serialize(line) + '\n';
}

}  // namespace

std::string transcript_head(TranscriptFormat format) {
    switch (format) {
        case TranscriptFormat::tsv: return std::string(byte_order_mark) + separated('\t', columns);
        case TranscriptFormat::csv: return separated(',', columns);
        case TranscriptFormat::json_lines: break;
    }
    return "";
}

std::string transcript_line(TranscriptFormat format, const TranscriptEntry& entry) {
    if (format == TranscriptFormat::json_lines) return json_line(entry);
    const std::string message = entry.incoming ? entry.message : on_one_line(entry.message);
    const std::array<std::string_view, columns.size()> fields{
        entry.incoming ? std::string_view(entry.address) : we,
        entry.incoming ? we : std::string_view(entry.address),
        entry.timestamp,
        direction_of(entry),
        message,
        entry.errored ? "True" : "False",
        entry.channel ? std::string_view(*entry.channel) : "None"};
    return separated(format == TranscriptFormat::tsv ? '\t' : ',', fields);
}

std::string transcript_time(std::string_view wall, int offset_seconds) {
    if (wall.ends_with(no_fraction)) wall.remove_suffix(no_fraction.size());
    const int ahead = std::abs(offset_seconds);
    std::string text =
        fmt::format("{}{}{:02}:{:02}", wall, offset_seconds < 0 ? '-' : '+', ahead / 3600, ahead / 60 % 60);
    if (ahead % 60 != 0) text += fmt::format(":{:02}", ahead % 60);
    return text;
}

}  // namespace postrider
