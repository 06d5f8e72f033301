#include "lib/config/settings_mapping.h"

#include "lib/config/settings_reader.h"
#include "lib/config/spelling.h"

#include <algorithm>
#include <utility>

namespace postrider {
namespace {

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == '.';
    });
}

/// The entry's key, or `?`. In `{ password: a,b }` the key `b` is a piece of the password, and so is what
/// follows the colon of `{ password:a }`: only what looks like a setting is repeated.
std::string_view shown_key(const SettingsMapping::Entry& entry) {
    return is_name(entry.key) && !entry.empty() ? std::string_view(entry.key) : "?";
}

}  // namespace

SettingsMapping::SettingsMapping(std::shared_ptr<Findings> findings, std::string path, Place at)
    : findings_(std::move(findings)), path_(std::move(path)), at_(at) {}

void SettingsMapping::load(const YAML::Node& node, Place at) {
    at_ = at;
    if (!node.IsMap()) {
        unreadable_ = true;
        const std::string what =
            node.IsNull() ? "has no value" : "must be a mapping, with a line \"key: value\" for each setting";
        findings_->problems.push_back(
            {at_.line, at_.column, path_.empty() ? "the file " + what : path_ + ": " + what});
        return;
    }
    for (const auto& pair : node) add(pair.first, pair.second);
}

void SettingsMapping::add(const YAML::Node& key, const YAML::Node& value) {
    const Place key_at = Place::of(key.Mark());
    if (!key.IsScalar()) {
        findings_->problems.push_back(
            {key_at.line, key_at.column, path_of("?") + ": a key must be plain text"});
        return;
    }
    if (const Entry* first = find(key.Scalar())) {
        findings_->problems.push_back({key_at.line, key_at.column,
                                       path_of(shown_key(*first)) + ": given twice (first in line " +
                                           std::to_string(first->key_at.line) + ")"});
        return;
    }
    entries_.push_back({key.Scalar(), key_at, value});
}

const SettingsMapping::Entry* SettingsMapping::ask(std::string_view key) {
    asked_.emplace(key);
    return find(key);
}

const SettingsMapping::Entry* SettingsMapping::find(std::string_view key) const {
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == key; });
    return found == entries_.end() ? nullptr : &*found;
}

std::shared_ptr<SettingsMapping> SettingsMapping::add_child(const std::string& name, Place at) {
    return children_.emplace_back(std::make_shared<SettingsMapping>(findings_, path_of(name), at));
}

void SettingsMapping::report(std::string_view key, const std::string& what) {
    const Place at = place_of(key);
    findings_->problems.push_back({at.line, at.column, path_of(key) + ": " + what});
}

void SettingsMapping::warn(std::string_view key, const std::string& what) {
    const Place at = place_of(key);
    findings_->warnings.push_back({at.line, at.column, path_of(key) + ": " + what});
}

void SettingsMapping::report_missing(std::string_view key) {
    if (!unreadable_) report(key, "is required");
}

void SettingsMapping::finish() {
    for (const auto& child : children_) child->finish();
    if (std::exchange(rest_accepted_, true)) return;
    for (const Entry& entry : entries_) {
        if (!asked_.contains(entry.key)) report_unknown(entry);
    }
}

std::string SettingsMapping::path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Place SettingsMapping::place_of(std::string_view key) const {
    const Entry* entry = find(key);
    return entry != nullptr ? entry->at() : at_;
}

void SettingsMapping::report_unknown(const Entry& entry) {
    std::vector<std::string> absent;
    for (const std::string& name : asked_) {
        if (find(name) == nullptr) absent.push_back(name);
    }
    const std::string meant = nearest_word(entry.key, absent);
    const std::string_view key = shown_key(entry);
    std::string what =
        path_of(key) + (key != "?" ? ": is not a setting"
                                   : ": this key is not a setting, nor looks like one "
                                     "(a value with a comma or a colon needs quotation marks)");
    if (!meant.empty()) what += " (did you mean " + meant + "?)";
    findings_->problems.push_back({entry.key_at.line, entry.key_at.column, what});
}

}  // namespace postrider
