#pragma once

#include "lib/text/template/scope.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace postrider::templates {

/// A piece of a template that was parsed.
class Node {
public:
    explicit Node(std::size_t line) : line_(line) {}
    virtual ~Node() = default;

    /// Writes what it comes to. Throws Broken, with the line.
    void render(Scope& scope) const;

private:
    virtual void write(Scope& scope) const = 0;

    std::size_t line_;
};

using Nodes = std::vector<std::unique_ptr<Node>>;

void render_all(const Nodes& nodes, Scope& scope);

/// The variables set while it lives are forgotten after it.
class ScopeFrame {
public:
    explicit ScopeFrame(Scope& scope) : scope_(scope) { scope_.push(); }
    ~ScopeFrame() { scope_.pop(); }
    ScopeFrame(const ScopeFrame&) = delete;
    ScopeFrame& operator=(const ScopeFrame&) = delete;

private:
    Scope& scope_;
};

}  // namespace postrider::templates
