#include "lib/config/settings_mapping.h"
#include "lib/config/settings_reader.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <tuple>

namespace postrider {
namespace {

/// How many bytes the character has that begins `text`; 0 when it is none that a configuration may hold.
std::size_t character_size(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\r' || first == '\n' ? 1 : 0;
    const std::size_t size = first >= 0xF8   ? 0
                             : first >= 0xF0 ? 4
                             : first >= 0xE0 ? 3
                             : first >= 0xC2 ? 2
                                             : 0;
    if (size > text.size()) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
    }
    return size;
}

/// Where `text` is no text. yaml-cpp would tell nobody: it ends the document at 0x04, and replaces what is
/// not UTF-8, in passwords too.
std::optional<Place> bad_character(std::string_view text) {
    Place at{1, 1};
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) return at;
        at = text.front() == '\n' ? Place{at.line + 1, 1} : Place{at.line, at.column + 1};
        text.remove_prefix(size);
    }
    return std::nullopt;
}

std::vector<Problem> sorted(std::vector<Problem> problems) {
    std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return problems;
}

/// Notes where documents begin, and no more.
class DocumentStarts : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override { last = Place::of(mark); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

    Place last;
};

/// Where more follows than the one document there must be. Not YAML::LoadAll: after a stray comma it finds
/// empty documents without end.
std::optional<Place> end_of_first_document(const std::string& yaml) {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    DocumentStarts starts;
    if (!parser.HandleNextDocument(starts) || !parser.HandleNextDocument(starts)) return std::nullopt;
    return starts.last;
}

/// The document's only node; otherwise an undefined one, and a problem says why.
YAML::Node parse(const std::string& yaml, std::vector<Problem>& problems) {
    const YAML::Node nothing(YAML::NodeType::Undefined);
    if (const auto at = bad_character(yaml)) {
        problems.push_back({at->line, at->column, "not text in UTF-8: there is another byte here"});
        return nothing;
    }
    try {
        if (const auto at = end_of_first_document(yaml)) {
            problems.push_back({at->line, at->column,
                                "the settings end here: a second document (after ---) begins, or something "
                                "that YAML has no use for"});
            return nothing;
        }
        const YAML::Node document = YAML::Load(yaml);
        if (!document.IsNull()) return document;
        problems.push_back({0, 0, "the file is empty: it holds no settings"});
    } catch (const YAML::Exception& error) {
        const Place at = Place::of(error.mark);
        problems.push_back({at.line, at.column, "not YAML: " + error.msg});
    }
    return nothing;
}

}  // namespace

SettingsDocument::SettingsDocument(const std::string& yaml, Environment environment) {
    auto findings = std::make_shared<Findings>();
    findings->environment = std::move(environment);
    mapping_ = std::make_shared<SettingsMapping>(findings, "", Place{});
    const YAML::Node node = parse(yaml, findings->problems);
    // An undefined node is no mapping, and has been reported.
    if (node.IsDefined()) {
        mapping_->load(node, Place::of(node.Mark()));
    } else {
        mapping_->give_up();
    }
}

bool SettingsDocument::readable() const { return mapping_->readable(); }

std::vector<Problem> SettingsDocument::problems() const { return sorted(mapping_->findings().problems); }

std::vector<Problem> SettingsDocument::warnings() const { return sorted(mapping_->findings().warnings); }

}  // namespace postrider
