#pragma once

#include "lib/config/config.h"
#include "lib/config/secret_source.h"

#include <yaml-cpp/yaml.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// Behind settings_reader.h: the only header that knows YAML.
namespace postrider {

/// A place in a file, from 1.
struct Place {
    int line = 0;
    int column = 0;

    static Place of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }
};

/// What reading one document found, and what it may use; shared by all of its mappings.
struct Findings {
    std::vector<Problem> problems;
    std::vector<Problem> warnings;
    Environment environment;
};

/// One mapping of a document, and which of its keys have been asked for.
class SettingsMapping {
public:
    struct Entry {
        std::string key;
        Place key_at;
        YAML::Node value;

        bool empty() const { return value.IsNull(); }
        /// Where to point at: a value that is not there has no place of its own.
        Place at() const { return empty() ? key_at : Place::of(value.Mark()); }
    };

    /// An empty mapping named `path`, which would stand at `at`.
    SettingsMapping(std::shared_ptr<Findings> findings, std::string path, Place at);
    /// Takes the entries of `node` over; a node that is no mapping, and keys that are given twice or are
    /// not plain text, are problems.
    void load(const YAML::Node& node, Place at);

    /// The entry of that key, which counts as known from now on; null when the file does not have it.
    const Entry* ask(std::string_view key);
    const Entry* find(std::string_view key) const;
    const std::vector<Entry>& entries() const { return entries_; }

    /// Adds a mapping below this one: `path` says how it is named in this one.
    std::shared_ptr<SettingsMapping> add_child(const std::string& name, Place at);

    /// At the value of `key`, or at the mapping where there is none.
    void report(std::string_view key, const std::string& what);
    void warn(std::string_view key, const std::string& what);
    /// Reports `key` as missing, unless nobody can know because the mapping itself could not be read.
    void report_missing(std::string_view key);

    void accept_rest() { rest_accepted_ = true; }
    /// Reports what nobody asked for, here and below.
    void finish();

    /// There is nothing to load: what is missing goes without saying.
    void give_up() { unreadable_ = true; }
    /// False after `give_up`, or once `load` met what is no mapping.
    bool readable() const { return !unreadable_; }
    Findings& findings() { return *findings_; }
    Place at() const { return at_; }

private:
    std::string path_of(std::string_view key) const;
    Place place_of(std::string_view key) const;
    void add(const YAML::Node& key, const YAML::Node& value);
    void report_unknown(const Entry& entry);

    std::shared_ptr<Findings> findings_;
    std::string path_;
    Place at_;
    std::vector<Entry> entries_;
    std::set<std::string, std::less<>> asked_;
    std::vector<std::shared_ptr<SettingsMapping>> children_;
    bool unreadable_ = false;
    bool rest_accepted_ = false;
};

}  // namespace postrider
