#include "lib/dispatch/row_sealing.h"

#include "lib/text/json_object.h"
#include "lib/text/trim.h"

#include <string_view>
#include <vector>

namespace postrider {

namespace {

constexpr std::size_t size_min = 8;  // what is shorter is nobody's alone: short codes, study numbers

/// An address, and how providers repeat it: without its `+`, without or with what is before its colon.
std::vector<std::string> spellings(const std::string& address) {
    std::vector<std::string> all{address};
    const auto colon = address.rfind(':');
    if (colon != std::string::npos) all.push_back(address.substr(colon + 1));
    std::string digits = all.back();
    if (digits.starts_with('+')) all.push_back(digits.substr(1));
    if (colon == std::string::npos) all.push_back("whatsapp:" + address);
    std::erase_if(all, [](const std::string& each) { return each.size() < size_min; });
    return all;
}

/// Whether the text that ends at `end` is the key of a member.
bool is_key(std::string_view json, std::size_t end) {
    const auto next = json.find_first_not_of(" \t\r\n", end);
    return next != std::string_view::npos && json[next] == ':';
}

/// Replaces texts in JSON that are one of the address's spellings; all else stays byte for byte.
void seal_in(std::string& metadata, const std::string& address, const Privacy& privacy) {
    for (const std::string& spelling : spellings(address)) {
        const std::string quoted = '"' + spelling + '"';
        for (auto at = metadata.find(quoted); at != std::string::npos; at = metadata.find(quoted, at)) {
            if (is_key(metadata, at + quoted.size())) {
                at += quoted.size();
                continue;
            }
            const std::string sealed = '"' + privacy.seal(spelling) + '"';
            metadata.replace(at, quoted.size(), sealed);
            at += sealed.size();
        }
    }
}

}  // namespace

SealedRow seal_row(Privacy& privacy, PersonalValues values) {
    SealedRow row{.values = values};
    auto address = privacy.open(values.address);
    if (address.value) {
        const Address clear{std::string(without_outer_space(*address.value))};
        row.too_long = clear.reveal().size() > sealed_address_max;
        const bool sealed = SecretBox::is_sealed(values.address) && !address.old_key;
        if (!sealed && !row.too_long && !clear.empty()) row.values.address = privacy.seal(clear.reveal());
        if (!values.lookup_key) row.values.lookup_key = privacy.lookup_key_of(clear);
        if (values.metadata && !values.waits) seal_in(*row.values.metadata, clear.reveal(), privacy);
        wipe(*address.value);
    }
    auto text = privacy.open(values.text);
    if (text.value) {
        const bool sealed = SecretBox::is_sealed(values.text);
        if (sealed ? text.old_key : privacy.seals_texts()) row.values.text = privacy.seal(*text.value);
        wipe(*text.value);
    }
    row.unreadable = !address.value || !text.value;
    if (values.metadata && !values.waits) {
        if (const auto leaks = privacy.leaks_in(*row.values.metadata); !leaks.empty()) {
            auto object = JsonObjectText::read(*row.values.metadata);
            for (const std::string& key : leaks) object->erase(key);
            row.values.metadata = object->text();
        }
    }
    row.changed = row.values.address != values.address || row.values.text != values.text ||
                  row.values.metadata != values.metadata || row.values.lookup_key != values.lookup_key;
    return row;
}

}  // namespace postrider
